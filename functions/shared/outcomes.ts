/** What became of work that was done side by side. */
import { DeadlineExceeded } from './errors.ts'
import { firstCause } from './first-cause.ts'
import type { Failure } from './shapes.ts'

interface Outcome {
  failure?: Failure
  /** What this is about: a document, or a step of another kind, on a node. */
  document?: unknown
  step?: unknown
  node?: unknown
}

/** Throws the first failure there is, with the name and the words of its first cause. */
export function raiseFirst(outcomes: Outcome[]): void {
  const failed = outcomes.filter(outcome => outcome.failure)
  const [first] = failed
  if (!first?.failure) return
  const { error, cause } = firstCause(first.failure)
  const others = failed.slice(1).flatMap(({ document, step, node }) => (node ? [`${document ?? step} on ${node}`] : []))
  const names = others.length > 0 ? `: ${others.join(', ')}` : ''
  const more = failed.length > 1 ? `\n(and ${failed.length - 1} more of ${outcomes.length}${names})` : ''
  // Step Functions says nothing but that time was up.
  if (error === 'States.Timeout' && first.node) {
    throw new DeadlineExceeded(`${first.document} on ${first.node} did not end in its time${more}`)
  }
  throw Object.assign(new Error(`${cause}${more}`), { name: error })
}
