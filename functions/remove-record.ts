/** Forgets an array whose resources are gone. */
import * as z from 'zod'
import { define } from './shared/handler.ts'
import { ArrayName, recordName } from './shared/names.ts'
import { removeParameter } from './shared/record.ts'

export const handler = define(z.strictObject({ array: ArrayName }), async ({ array }) => {
  await removeParameter(recordName(array))
  return { array }
})
