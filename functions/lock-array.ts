/** Takes the lock of an array, or of the images, for an execution; or says who holds it. */
import * as z from 'zod'
import { define } from './shared/handler.ts'
import { takeLock } from './shared/lock.ts'
import { ArrayName, ExecutionArn, IMAGES } from './shared/names.ts'

const Event = z.strictObject({ array: ArrayName.or(z.literal(IMAGES)), execution: ExecutionArn, operation: z.string() })

export const handler = define(Event, async ({ array, execution, operation }) => {
  await takeLock(array, execution, operation)
  return { array }
})
