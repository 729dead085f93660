/** Whether operations ended as they may. */
import { isRefused } from './luns.ts'
import type { Outcome } from './world.ts'

/** Words for what users, nodes and clouds do wrong. Any other error is a defect of ours. */
export const WORDS = [
  ...['RequestRejected', 'ArrayExists', 'NoSuchArray', 'NotReady', 'ArrayBusy', 'LockContended', 'DeadlineExceeded'],
  ...[
    'DocumentFailed',
    'DocumentLost',
    'NodeDown',
    'CloudRefused',
    'CloudUnavailable',
    'CloudThrottled',
    'NotYetVisible',
  ],
  'VerificationFailed',
]

export function judge(outcomes: Outcome[], unharmed: boolean): string[] {
  const alone = outcomes.length === 1
  return outcomes.flatMap(outcome => {
    const { act, status, error = '', cause } = outcome
    if (status === 'KILLED' || status === 'SUCCEEDED') return []
    const told = `${act.operation} ended ${status}: ${error}: ${cause}`
    if (status !== 'FAILED' || !WORDS.includes(error)) return [`a defect: ${told}`]
    if (alone && (error === 'ArrayBusy' || error === 'LockContended')) return [`nobody else is at work: ${told}`]
    if (error === 'ArrayBusy' && !/\(arn:\S+\)$/m.test(cause ?? '')) return [`it does not say who: ${told}`]
    // What breaks a rule is the request's fault; all else has to work on an array that is healthy.
    const must = alone && unharmed && outcome.cuts.length === 0 && error !== 'RequestRejected'
    return must ? [`nothing disturbed it: ${told}`] : []
  })
}

/** An addition that is there already may have looked at the record alone; what is done by force looks away. */
const heals = ({ act: { operation, input }, status, output }: Outcome) =>
  status === 'SUCCEEDED' &&
  (['provision-array', 'start-array'].includes(operation) ||
    (operation === 'reboot-nodes' && !input.force) ||
    (operation === 'failover-array' && !input.force && (output as { changed: boolean }).changed) ||
    (operation === 'add-luns' && (output as { changed: boolean }).changed))

/** Whether the array is healthy now, for sure. */
export function stillHealthy(outcomes: Outcome[], before: boolean): boolean {
  const calm = outcomes.every(({ status, cuts }) => cuts.length === 0 && status !== 'KILLED')
  if (!calm || outcomes.some(({ act }) => act.operation === 'stop-array' || act.operation === 'teardown-array'))
    return false
  return outcomes.some(heals) || (before && outcomes.every(isRefused))
}
