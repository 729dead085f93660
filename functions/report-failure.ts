/** Digs the first cause out of a failed workflow, so that its last state can name it; an undo that failed too is added. */
import * as z from 'zod'
import { firstCause } from './shared/first-cause.ts'
import { define } from './shared/handler.ts'
import { Failure } from './shared/shapes.ts'

const Event = z.strictObject({ failure: Failure, undo: z.looseObject({ failure: Failure.optional() }) })

export const handler = define(Event, async ({ failure, undo }) => {
  const { error, cause } = firstCause(failure)
  if (!undo.failure) return { error, cause: cause || error }
  const second = firstCause(undo.failure)
  return { error, cause: `${cause || error}\nand then the undo failed: ${second.error}: ${second.cause}` }
})
