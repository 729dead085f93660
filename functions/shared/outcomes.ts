/** What became of the iterations of a Map. */
import { firstCause } from './first-cause.ts'
import type { Failure } from './shapes.ts'

/** Throws the first failure there is, with the name and the words of its first cause. */
export function raiseFirst(outcomes: { failure?: Failure }[]): void {
  const failed = outcomes.filter(outcome => outcome.failure)
  const first = failed[0]?.failure
  if (!first) return
  const { error, cause } = firstCause(first)
  const more = failed.length > 1 ? `\n(and ${failed.length - 1} more of ${outcomes.length})` : ''
  throw Object.assign(new Error(`${cause}${more}`), { name: error })
}
