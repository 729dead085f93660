/**
 * The last thing every operation does: lets the lock go, tells how it ended, and answers with its result. After a failure it digs out the
 * first cause; what then goes wrong here is added to that cause and never takes its place.
 */
import * as z from 'zod'
import { announce } from './shared/announce.ts'
import { firstCause } from './shared/first-cause.ts'
import { define } from './shared/handler.ts'
import { releaseLock } from './shared/lock.ts'
import { ArrayName, ExecutionArn, IMAGES } from './shared/names.ts'
import { type Operation, OperationName } from './shared/operations.ts'
import { Request } from './shared/request.ts'
import { Failure } from './shared/shapes.ts'
import { nameUnavailable } from './shared/unavailable.ts'

const Event = z.strictObject({
  operation: OperationName,
  input: z.unknown(),
  execution: ExecutionArn,
  result: z.looseObject({ changed: z.boolean() }).optional(),
  failure: Failure.optional(),
  undo: z
    .looseObject({ failure: Failure.optional(), end: z.enum(['removed', 'kept', 'spared']).optional() })
    .optional(),
})

export const handler = define(Event, async ({ operation, input, execution, result, failure, undo }) => {
  const array = arrayOf(operation, input)
  const about = { ...(array && { array }), operation, execution }
  const locked = operation === 'prepare-image' ? IMAGES : array
  const unlock = async () => locked && (await releaseLock(locked, execution))
  const tell: typeof announce = async (...event) => {
    if (!isUndo(input)) await announce(...event)
  }
  if (!failure) {
    await unlock()
    await tell('Operation Completed', { ...about, changed: result?.changed ?? false })
    return result ?? {}
  }
  const { error, cause } = firstCause(failure)
  const causes = [cause || error]
  const attempt = (what: string, work: Promise<unknown>) =>
    work.catch((reason: Error) => causes.push(`and then ${what}: ${reason.name}: ${reason.message}`))
  if (undo?.failure) {
    const second = firstCause(undo.failure)
    causes.push(`and then the undo failed: ${second.error}: ${second.cause}`)
    if (operation === 'provision-array') causes.push(ends.left)
  }
  if (undo?.end) causes.push(ends[undo.end])
  await attempt('the lock could not be let go', twice(unlock))
  await attempt('the event could not be sent', tell('Operation Failed', { ...about, error, cause: causes.join('\n') }))
  return { error, cause: causes.join('\n') }
})

/** What became of a build that failed, and how to go on, for everybody who reads the cause. */
const ends = {
  removed: 'All that was made of it has been removed: star up begins anew.',
  kept: 'What was made of it is kept, as asked: star up completes it, star down removes it.',
  left: 'Not all of it could be removed: star down removes the rest, star up completes it.',
  spared: 'It was ready before, and nothing of it was removed: star up completes it.',
}

/** Once more where that may help: what is only added to a cause makes no workflow try again. */
async function twice(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    if (nameUnavailable(error) === error) throw error
    return await work()
  }
}

/** As far as an input that may not have been accepted names one. */
function arrayOf(operation: Operation, input: unknown): string | undefined {
  const schema = operation === 'provision-array' ? Request.shape.array : ArrayName
  return schema.safeParse((input as { array?: unknown } | null)?.array).data
}

/** A failed build that undoes itself is one operation, not two: the build tells of it, and holds the lock. */
function isUndo(input: unknown): boolean {
  return typeof (input as { owner?: unknown } | null)?.owner === 'string'
}
