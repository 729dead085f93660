/**
 * The vocabulary of failure. State machines retry and catch by these names, so each class sets `name`: that is what
 * Lambda reports as the error's name, and minified class names would not survive the bundle.
 */
import type { Applied } from './apply-schedule.ts'

/** One reason why a request cannot be accepted. `field` is a path such as `hosts[1].luns[0]`. */
export interface Problem {
  field: string
  rule: string
  got?: string
}

/** The request breaks a rule; nothing was made. A user's mistake: never retried. */
export class RequestRejected extends Error {
  override name = 'RequestRejected'
  readonly problems: Problem[]
  constructor(problems: Problem[]) {
    super(problems.map(sentence).join('\n'))
    this.problems = problems
  }
}

/** The array is there already, with other settings than those asked for. */
export class ArrayExists extends Error {
  override name = 'ArrayExists'
}

/** Nothing is known of an array with this name. */
export class NoSuchArray extends Error {
  override name = 'NoSuchArray'
}

/** The array is in no state for this; nothing was changed. One reason a line. */
export class NotReady extends Error {
  override name = 'NotReady'
  constructor(reasons: string[]) {
    super(reasons.join('\n'))
  }
}

/** Another workflow changes this array now. */
export class ArrayBusy extends Error {
  override name = 'ArrayBusy'
}

/** A lock could not be taken or let go because somebody else was quicker: try again. */
export class LockContended extends Error {
  override name = 'LockContended'
}

/** A condition did not come true in time; the message says which one. */
export class DeadlineExceeded extends Error {
  override name = 'DeadlineExceeded'
}

/** A node's instance does not run, so no document can: the same operation, or `star up`, starts it. */
export class NodeDown extends Error {
  override name = 'NodeDown'
}

/** A document ran and failed, or reported nothing that can be read. */
export class DocumentFailed extends Error {
  override name = 'DocumentFailed'
}

/** Documents have not ended yet, or could not be sent: they are watched on. */
export class DocumentsOpen extends Error {
  override name = 'DocumentsOpen'
}

/** A document may not have run at all (machine lost, command not delivered): it is sent again. */
export class DocumentLost extends Error {
  override name = 'DocumentLost'
}

/** Something in the cloud is not as it must be, and waiting will not change it. */
export class CloudRefused extends Error {
  override name = 'CloudRefused'
}

/** The cloud was too busy or unwell, and may have done what it was asked all the same: try again. */
export class CloudUnavailable extends Error {
  override name: string = 'CloudUnavailable'
}

/** An account asks more often than it may: try again, for as long as others ask, too. */
export class CloudThrottled extends CloudUnavailable {
  override name = 'CloudThrottled'
}

/** What was just made cannot be seen yet: try again. */
export class NotYetVisible extends Error {
  override name = 'NotYetVisible'
}

/** All was done, but the array's machines do not show what was asked for. */
export class VerificationFailed extends Error {
  override name = 'VerificationFailed'
}

/** Schedules of some arrays could not be applied; `applied` is what became of all others. */
export class SchedulesFailed extends Error {
  override name = 'SchedulesFailed'
  readonly applied: Applied[]
  constructor(failures: string[], applied: Applied[]) {
    super(failures.join('\n'))
    this.applied = applied
  }
}

/** Some arrays could not be looked at; all others were. */
export class WatchFailed extends Error {
  override name = 'WatchFailed'
}

/** True for an error of the AWS SDK (or ours) with one of these names. */
export function isNamed(error: unknown, ...names: string[]): error is Error {
  return error instanceof Error && names.includes(error.name)
}

/** Where errors of these names are settled by the next round. */
export async function passing(call: Promise<unknown>, ...names: string[]): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!isNamed(error, ...names)) throw error
  }
}

function sentence({ field, rule, got }: Problem): string {
  return `${field}: ${rule}${got === undefined ? '' : ` (got ${got})`}`
}
