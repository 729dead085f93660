/** Puts together what the cloud and the nodes themselves say of an array, and what of it is not as it was asked for. */
import * as z from 'zod'
import { date } from './shared/clock.ts'
import { NoSuchArray } from './shared/errors.ts'
import { firstCause } from './shared/first-cause.ts'
import { define } from './shared/handler.ts'
import { type Inspection, type NodeInspection, powerOf, withinRoom } from './shared/inspection.ts'
import { findInvocation, outcomeOf } from './shared/invocation.ts'
import { holderOf } from './shared/lock.ts'
import { ArrayName } from './shared/names.ts'
import { missingPaths } from './shared/paths.ts'
import { expectedNodes, findDisks, findNodes } from './shared/picture.ts'
import { problemsOf, silence } from './shared/problems.ts'
import { type ArrayRecord, readRecord } from './shared/record.ts'
import type { Report } from './shared/reports.ts'
import { shorten } from './shared/request.ts'
import { nextAction, situationOf } from './shared/schedule.ts'
import { type RunOutcome, RunOutcome as RunOutcomeShape } from './shared/shapes.ts'
import { putMetrics } from './shared/telemetry.ts'

const Event = z.strictObject({ array: ArrayName, outcomes: z.array(RunOutcomeShape) })

export const handler = define(Event, async ({ array, outcomes }): Promise<Inspection> => {
  const record = await readRecord(array)
  if (!record) throw new NoSuchArray(`there is no array named ${array}`)
  const [found, disks] = await Promise.all([findNodes(array), findDisks(array)])
  const expected = expectedNodes(record.request, found)
  const nodes = await Promise.all(
    expected.map(async ({ name, role, node }): Promise<NodeInspection> => {
      const { instanceId = '', instanceType = '', address = '', state = 'absent' } = node ?? {}
      const outcome = outcomes.find(outcome => outcome.node === name && outcome.instanceId === instanceId)
      return { name, role, instanceId, instanceType, address, state, ...(outcome && (await answerOf(outcome))) }
    }),
  )
  const power = powerOf(expected.map(({ node }) => node))
  // That an array is stopped on request is no problem of it; but healthy is what serves.
  const asked = power === 'stopped' ? nodes.flatMap(silence) : []
  const wrong = problemsOf(record.request, nodes, disks).filter(problem => !asked.includes(problem))
  const problems = wrong.length > 0 ? [...unfinished(record), ...wrong] : []
  const healthy = power !== 'stopped' && problems.length === 0
  // While an array is being changed paths come and go: only of one that is left alone they say something.
  if (record.state === 'ready' && power !== 'stopped' && !(await holderOf(array))) {
    putMetrics({ PathsMissing: missingPaths(record.request, nodes) }, { array })
  }
  const situation = situationOf(record, found, date())
  const next = situation && nextAction(situation)
  const { state, request } = record
  return withinRoom({
    ...{ array, state, power, healthy, problems, request: shorten(request), nodes, disks },
    ...(next && { next }),
  })
})

/** Why LUNs may be missing. That an addition is about to be recorded as done is no problem by itself. */
function unfinished({ adding, request }: ArrayRecord): string[] {
  if (!adding) return []
  const names = request.luns.slice(adding.after).map(({ name }) => name)
  const range = names.length > 1 ? `${names[0]} to ${names.at(-1)}` : names[0]
  return [`${request.array}: the addition of ${range} has not ended: ask for it again, or use star up`]
}

/** Read where the service keeps it: reports of a large array together would not pass through a workflow. */
async function answerOf({ node, document, instanceId, commandId, failure }: RunOutcome) {
  if (failure) return { failure: firstCause(failure).cause || 'it did not answer in time' }
  const invocation = commandId ? await findInvocation(instanceId, commandId) : undefined
  const report: Report | undefined = invocation && outcomeOf(invocation, `${document} on ${node}`)
  return report ? { report } : { failure: 'its report is gone' }
}
