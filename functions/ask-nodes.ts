/** Asks the nodes of an array how they are, those whose instance runs; called again it goes on with those it asked before. */
import * as z from 'zod'
import { inspection } from './shared/documents.ts'
import { NoSuchArray } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { ArrayName } from './shared/names.ts'
import { expectedNodes, findNodes } from './shared/picture.ts'
import { readRecord } from './shared/record.ts'
import { type Sent, sendRound } from './shared/send-round.ts'
import { Progress, Run } from './shared/shapes.ts'

const Given = z.object({
  array: ArrayName,
  sent: z.object({ runs: z.array(Run), outcomes: z.array(Progress) }).optional(),
})

interface Asked extends Sent {
  runs: Run[]
  patience: number
}

/** Seconds for each: a node that does not answer is an answer too. */
const PATIENCE = 120

export const handler = define(z.strictObject({ given: Given }), async ({ given: { array, sent } }): Promise<Asked> => {
  const runs = sent?.runs ?? (await looksAt(array))
  return { runs, patience: PATIENCE, ...(await sendRound({ runs, patience: PATIENCE, sent })) }
})

async function looksAt(array: string): Promise<Run[]> {
  const record = await readRecord(array)
  if (!record) throw new NoSuchArray(`there is no array named ${array}`)
  const nodes = expectedNodes(record.request, await findNodes(array))
  return nodes.flatMap(({ node }) => (node?.state === 'running' ? [inspection(node)] : []))
}
