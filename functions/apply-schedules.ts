/**
 * Called by a timer every few minutes: starts and stops arrays as their schedules say. Each array is a case of its own;
 * what went wrong with some of them is told when all had their turn.
 */
import * as z from 'zod'
import { applySchedule } from './shared/apply-schedule.ts'
import { allNodes } from './shared/arrays.ts'
import { SchedulesFailed } from './shared/errors.ts'
import { define } from './shared/handler.ts'

/** EventBridge's own event says nothing that matters here. */
export const handler = define(z.looseObject({}), async () => {
  // An array without machines has nothing to start or to stop; one look shows those of all the others.
  const arrays = [...Map.groupBy(await allNodes(), ({ array }) => array)]
  const failures: string[] = []
  const results = await Promise.all(
    arrays.map(async ([array, nodes]) => {
      try {
        return await applySchedule(array, nodes)
      } catch (error) {
        const { name, message } = error as Error
        failures.push(`${array}: ${name}: ${message}`)
        return undefined
      }
    }),
  )
  const applied = results.filter(result => result !== undefined)
  if (failures.length > 0) throw new SchedulesFailed(failures, applied)
  return { applied }
})
