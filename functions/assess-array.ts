/** Puts together what the cloud and the nodes themselves say of an array, and what of it is not as it was asked for. */
import * as z from 'zod'
import { date } from './shared/clock.ts'
import { define } from './shared/handler.ts'
import { fencingOf, type Inspection, withinRoom } from './shared/inspection.ts'
import { holderOf } from './shared/lock.ts'
import { lookAt } from './shared/look.ts'
import { ArrayName } from './shared/names.ts'
import { missingPaths } from './shared/paths.ts'
import { shorten } from './shared/request.ts'
import { nextAction, situationOf } from './shared/schedule.ts'
import { RunOutcome } from './shared/shapes.ts'
import { putMetrics } from './shared/telemetry.ts'

const Event = z.strictObject({ array: ArrayName, outcomes: z.array(RunOutcome) })

export const handler = define(Event, async ({ array, outcomes }): Promise<Inspection> => {
  const { record, found, nodes, disks, power, findings } = await lookAt(array, outcomes)
  const problems = findings.map(({ text }) => text)
  // That an array is stopped on request is no problem of it; but healthy is what serves.
  const healthy = power !== 'stopped' && problems.length === 0
  // While an array is being changed paths come and go: only of one that is left alone they say something.
  if (record.state === 'ready' && power !== 'stopped' && !(await holderOf(array))) {
    putMetrics({ PathsMissing: missingPaths(record.request, nodes) }, { array })
  }
  const situation = situationOf(record, found, date())
  const next = situation && nextAction(situation)
  const { state, request } = record
  return withinRoom({
    ...{ array, state, power, healthy, fencing: fencingOf(request, nodes) },
    ...{ problems, request: shorten(request), nodes, disks },
    ...(next && { next }),
  })
})
