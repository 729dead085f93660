/** What became of the iterations of a Map. */
import { DeadlineExceeded } from './errors.ts'
import { firstCause } from './first-cause.ts'
import type { Failure } from './shapes.ts'

interface Outcome {
  failure?: Failure
  /** Where it is a document on a node that this is about. */
  document?: unknown
  node?: unknown
}

/** Throws the first failure there is, with the name and the words of its first cause. */
export function raiseFirst(outcomes: Outcome[]): void {
  const failed = outcomes.filter(outcome => outcome.failure)
  const [first] = failed
  if (!first?.failure) return
  const { error, cause } = firstCause(first.failure)
  const others = failed.slice(1).flatMap(({ document, node }) => (node ? [`${document} on ${node}`] : []))
  const names = others.length > 0 ? `: ${others.join(', ')}` : ''
  const more = failed.length > 1 ? `\n(and ${failed.length - 1} more of ${outcomes.length}${names})` : ''
  // Step Functions says nothing but that time was up.
  if (error === 'States.Timeout' && first.node) {
    throw new DeadlineExceeded(`${first.document} on ${first.node} did not end in its time${more}`)
  }
  throw Object.assign(new Error(`${cause}${more}`), { name: error })
}
