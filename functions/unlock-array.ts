/** Lets the array's lock go, if this execution holds it. */
import * as z from 'zod'
import { define } from './shared/handler.ts'
import { releaseLock } from './shared/lock.ts'
import { ArrayName, ExecutionArn } from './shared/names.ts'

export const handler = define(z.strictObject({ array: ArrayName, execution: ExecutionArn }), async event => {
  await releaseLock(event.array, event.execution)
  return { array: event.array }
})
