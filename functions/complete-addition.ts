/** Records that an addition of LUNs is done: it is not taken up again, and its key is known. */
import * as z from 'zod'
import { completed } from './shared/addition.ts'
import { define } from './shared/handler.ts'
import { AddLuns } from './shared/operations.ts'
import { updateRecord } from './shared/record.ts'

export const handler = define(z.strictObject({ input: AddLuns }), async ({ input }) => {
  await updateRecord(input.array, record => completed(record, input))
  return { array: input.array }
})
