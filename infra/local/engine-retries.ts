/** Step Functions' waits between the tries of a state, for virtual time: the interpreter knows real time alone. */
import type { Retrier } from '../definitions.ts'

/** Where a retrier does not say: Amazon States Language's own. */
const DEFAULTS = { IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 3, MaxDelaySeconds: Number.POSITIVE_INFINITY }

/** Of one state of one execution. */
export function retriesOf(retriers: Retrier[] = []) {
  let tries = retriers.map(() => 0)
  const startOver = () => {
    tries = retriers.map(() => 0)
  }
  return {
    succeeded: startOver,
    /** Milliseconds until it is tried again; undefined: it is not, and who comes back to the state begins anew. */
    failed(error: string): number | undefined {
      const place = retriers.findIndex(({ ErrorEquals }) => ErrorEquals.some(each => matches(each, error)))
      const retrier = retriers[place]
      const tried = tries[place] ?? 0
      const { IntervalSeconds, BackoffRate, MaxAttempts, MaxDelaySeconds } = { ...DEFAULTS, ...retrier }
      if (!retrier || tried >= MaxAttempts) {
        startOver()
        return undefined
      }
      tries[place] = tried + 1
      const seconds = Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** tried)
      return 1000 * seconds * (retrier.JitterStrategy === 'FULL' ? Math.random() : 1)
    },
  }
}

const matches = (wanted: string, error: string) =>
  wanted === error || ['States.ALL', 'States.TaskFailed'].includes(wanted)
