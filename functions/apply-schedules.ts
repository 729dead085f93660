/**
 * Called by a timer every few minutes: starts and stops arrays as their schedules say. Each array is a case of its own;
 * what went wrong with some of them is told when all had their turn.
 */
import * as z from 'zod'
import { type Applied, applySchedule } from './shared/apply-schedule.ts'
import { allArrays } from './shared/arrays.ts'
import { SchedulesFailed } from './shared/errors.ts'
import { define } from './shared/handler.ts'

/** EventBridge's own event says nothing that matters here. */
export const handler = define(z.looseObject({}), async () => {
  const arrays = await allArrays()
  const results = await Promise.allSettled(arrays.map(applySchedule))
  const failures = results.flatMap((result, i) =>
    result.status === 'rejected' ? [`${arrays[i]}: ${result.reason.name}: ${result.reason.message}`] : [],
  )
  if (failures.length > 0) throw new SchedulesFailed(failures.join('\n'))
  return {
    applied: results
      .map(result => (result as PromiseFulfilledResult<Applied | undefined>).value)
      .filter(applied => applied !== undefined),
  }
})
