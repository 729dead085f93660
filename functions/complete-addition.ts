/**
 * Records that an addition of LUNs is done: it is not taken up again, and its key is known. Without an input it is the one
 * that somebody else had left half done.
 */
import * as z from 'zod'
import { completed } from './shared/addition.ts'
import { define } from './shared/handler.ts'
import { ArrayName } from './shared/names.ts'
import { AddLuns } from './shared/operations.ts'
import { updateRecord } from './shared/record.ts'

const Event = z.strictObject({ array: ArrayName, input: AddLuns.optional() })

export const handler = define(Event, async ({ array, input }) => {
  await updateRecord(array, record => completed(record, input))
  return { array }
})
