/** The local cloud's timer: what an EventBridge rule does on AWS, for as long as a command runs. */
import { handler } from '../../functions/apply-schedules.ts'
import type { Applied } from '../../functions/shared/apply-schedule.ts'
import { useClients } from '../../functions/shared/clients.ts'
import { useCalendar } from '../../functions/shared/clock.ts'
import { SchedulesFailed } from '../../functions/shared/errors.ts'
import { asFunction } from './call-log.ts'
import type { Clock, FastClock } from './clock.ts'
import type { LocalCloud } from './cloud.ts'

export type Applications = Applied[]

export interface ScheduleOptions {
  /** The calendar that schedules live in; it may run faster than the machines do. */
  clock: Clock | FastClock
  /** Between two looks, in that clock's time. They fall on its multiples: a look a minute is on the minute. */
  intervalMs: number
  signal: AbortSignal
  onApplied?: (applied: Applications) => void
  /** The next look comes all the same. */
  onError?: (error: Error) => void
}

/** Resolves when the signal is given. What it starts must have somebody who runs it: see `startInBackground`. */
export async function applyEvery(cloud: LocalCloud, options: ScheduleOptions): Promise<void> {
  const { clock, intervalMs, signal, onApplied, onError } = options
  useClients(cloud)
  useCalendar(clock.now)
  if ('at' in clock) cloud.showDatesBy(clock.at)
  while (!signal.aborted) {
    try {
      const { applied } = await asFunction('apply-schedules', () => handler({}, {} as never))
      onApplied?.(applied)
    } catch (error) {
      if (error instanceof SchedulesFailed) onApplied?.(error.applied)
      onError?.(error as Error)
    }
    await clock.sleep(intervalMs - (clock.now() % intervalMs), signal)
  }
}
