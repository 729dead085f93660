/** `star schedule`: shows when an array starts and stops by itself, or sets that. */
import { type ArrayView, viewArray } from '../functions/api/arrays.ts'
import { inZone } from '../functions/shared/schedule.ts'
import { chooseArray } from './arrays.ts'
import { chosenCloud } from './chosen.ts'
import { withCloud } from './cloud.ts'
import { exitCodes, Mistake } from './failure.ts'
import { type Asked, type OperateFlags, operate } from './operate.ts'
import { nextLine } from './status-view.ts'

export interface ScheduleFlags extends OperateFlags {
  start?: string
  stop?: string
  timezone?: string
  remove?: boolean
  keepRunningUntil?: string
  /** False for `--no-keep-running`. */
  keepRunning?: boolean
}

type View = Pick<ArrayView, 'array' | 'request' | 'keepRunningUntil' | 'next'>

export async function schedule(flags: ScheduleFlags): Promise<number> {
  const input = inputFrom(flags)
  if (Object.keys(input).length === 0) return await showSchedule(flags)
  const code = await operate(flags, planning(input))
  if (code === exitCodes.ok && !flags.json) await showSchedule(flags)
  return code
}

export const planning = (input: object): Asked<{ array: string; changed: boolean }> => ({
  operation: 'schedule-array',
  input,
  title: 'schedule',
  failed: array => `the schedule of ${array} was not changed`,
  done: ({ array, changed }) => [
    changed ? `the schedule of ${array} was changed` : `${array} had this schedule already; nothing was changed`,
  ],
})

/** What is to be changed: nothing where only a look is wanted. Throws Mistake on a contradiction. */
export function inputFrom({ start, stop, timezone, remove, keepRunningUntil, keepRunning }: ScheduleFlags) {
  const given = { ...(start && { start }), ...(stop && { stop }), ...(timezone && { timezone }) }
  const isNew = Object.keys(given).length > 0
  if (remove && isNew) throw new Mistake('--remove: a new schedule is said, too')
  if (isNew && !start && !stop) throw new Mistake('--timezone: say --start, --stop or both, too')
  return {
    ...(isNew && { schedule: given }),
    ...(remove && { schedule: null }),
    ...(keepRunningUntil !== undefined && { keepRunningUntil }),
    ...(keepRunning === false && { keepRunningUntil: null }),
  }
}

async function showSchedule(flags: ScheduleFlags): Promise<number> {
  const { array, request, keepRunningUntil, next } = await withCloud(async () =>
    viewArray(await chooseArray(flags.array)),
  )
  const view: View = { array, request, keepRunningUntil, next }
  if (flags.json) {
    const told = { array, schedule: request?.schedule ?? null, keepRunningUntil, next }
    console.log(JSON.stringify(told, null, 2))
  } else console.log(scheduleLines(view).join('\n'))
  return exitCodes.ok
}

export function scheduleLines({ array, request, keepRunningUntil, next }: View): string[] {
  const planned = request?.schedule
  if (!planned) return [`${array} has no schedule`]
  const timezone = planned.timezone ?? 'UTC'
  const at = (time: string) => inZone(Date.parse(time), timezone)
  return [
    `${array}: ${[planned.start && `starts at ${planned.start}`, planned.stop && `stops at ${planned.stop}`].filter(Boolean).join(', ')} (${timezone})`,
    ...(keepRunningUntil ? [`kept running until ${at(keepRunningUntil)}`] : []),
    next ? nextLine(next, timezone) : 'next: nothing',
    ...(chosenCloud() === 'local' ? ['On the local cloud a schedule is applied while ./star serve runs.'] : []),
  ]
}
