/** Which nodes of an array can be asked how they are: those whose instance runs. */
import * as z from 'zod'
import { inspection } from './shared/documents.ts'
import { NoSuchArray } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { ArrayName } from './shared/names.ts'
import { expectedNodes, findNodes } from './shared/picture.ts'
import { readRecord } from './shared/record.ts'
import type { Run } from './shared/shapes.ts'

export const handler = define(z.strictObject({ array: ArrayName }), async ({ array }): Promise<{ runs: Run[] }> => {
  const record = await readRecord(array)
  if (!record) throw new NoSuchArray(`there is no array named ${array}`)
  const nodes = expectedNodes(record.request, await findNodes(array))
  return { runs: nodes.flatMap(({ node }) => (node?.state === 'running' ? [inspection(node)] : [])) }
})
