/** Changes when an array starts and stops by itself. The next timer acts on it; `next` says what it will do. */
import * as z from 'zod'
import { date } from './shared/clock.ts'
import { RequestRejected } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { ScheduleArray } from './shared/operations.ts'
import { findNodes } from './shared/picture.ts'
import { type ArrayRecord, requireRecord, updateRecord } from './shared/record.ts'
import { nextAction, situationOf } from './shared/schedule.ts'

export const handler = define(z.strictObject({ input: ScheduleArray }), async ({ input }) => {
  const { array } = input
  const before = await requireRecord(array)
  const after = changedBy(before, input)
  const changed = textOf(before) !== textOf(after)
  if (changed) await updateRecord(array, () => after)
  const situation = situationOf(after, await findNodes(array), date())
  return {
    changed,
    schedule: after.request.schedule ?? null,
    keepRunningUntil: after.keepRunningUntil ?? null,
    next: (situation && nextAction(situation)) ?? null,
  }
})

/** What was not said stays, what is null goes; an exception goes with the schedule that it is an exception from. */
function changedBy(record: ArrayRecord, { schedule: asked, keepRunningUntil: until }: ScheduleArray): ArrayRecord {
  const { schedule: known, ...request } = record.request
  const schedule = asked === undefined ? known : (asked ?? undefined)
  const refuse = (rule: string) => {
    throw new RequestRejected([{ field: 'keepRunningUntil', rule, ...(until && { got: until }) }])
  }
  if (until && Date.parse(until) <= date()) refuse('must be in the future')
  if (until && !schedule?.stop) refuse('needs a schedule that stops the array')
  const kept = until === undefined ? record.keepRunningUntil : (until ?? undefined)
  return {
    ...record,
    request: { ...request, ...(schedule && { schedule }) },
    keepRunningUntil: schedule?.stop ? kept : undefined,
  }
}

const textOf = ({ request, keepRunningUntil }: ArrayRecord) => JSON.stringify([request.schedule, keepRunningUntil])
