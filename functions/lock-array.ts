/** Takes the array's lock for an execution, or says who holds it. */
import * as z from 'zod'
import { define } from './shared/handler.ts'
import { takeLock } from './shared/lock.ts'
import { ArrayName, ExecutionArn } from './shared/names.ts'

const Event = z.strictObject({ array: ArrayName, execution: ExecutionArn, operation: z.string() })

export const handler = define(Event, async ({ array, execution, operation }) => {
  await takeLock(array, execution, operation)
  return { array }
})
