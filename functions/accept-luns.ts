/**
 * Decides what an addition of LUNs comes to: nothing, something to wait for, a refusal, or work. The record says what
 * is to become before the first node is changed, so that whatever happens then the next run knows what is left.
 */
import * as z from 'zod'
import { additionOf, reject } from './shared/addition.ts'
import { Watch, wait } from './shared/deadline.ts'
import { isNamed, NotReady } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { AddLuns } from './shared/operations.ts'
import { type Readiness, readinessOf } from './shared/readiness.ts'
import { type ArrayRecord, requireRecord, writeRecord } from './shared/record.ts'
import { ControllerReport } from './shared/reports.ts'
import type { ArrayRequest } from './shared/request.ts'

const Node = z.looseObject({
  name: z.string(),
  role: z.enum(['controller', 'host']),
  instanceId: z.string(),
  instanceType: z.string(),
  address: z.string(),
  state: z.string(),
  report: z.record(z.string(), z.unknown()).optional(),
  failure: z.string().optional(),
})
const Event = z.strictObject({
  input: AddLuns,
  power: z.enum(['running', 'stopped', 'partly']),
  nodes: z.array(Node),
  watch: Watch,
})
type Event = z.output<typeof Event>

/** For machines that boot, and roles that move. */
const PATIENCE_SECONDS = 600

interface Accepted {
  ready: boolean
  watch: Watch
  todo: boolean
  luns: string[]
  request?: ArrayRequest
  active?: string
  /** Nodes whose instances have to be started first. */
  start: string[]
}

export const handler = define(Event, async ({ input, power, nodes, watch }): Promise<Accepted> => {
  const before = await requireRecord(input.array)
  const { todo, luns, record } = additionOf(before, input)
  if (!todo) return { ready: true, watch: {}, todo, luns, start: [] }
  const readiness = readinessOf({ state: before.state, power, nodes })
  if (readiness.lasting.length > 0) throw new NotReady(readiness.lasting)
  if (readiness.passing.length > 0) return { ...patience(watch, readiness), todo, luns, start: readiness.stopped }
  reject(problemsOfRoom(record, nodes, readiness))
  await writeRecord(record)
  return { ready: true, watch: {}, todo, luns, request: record.request, active: readiness.active, start: [] }
})

function patience(watch: Watch, { passing }: Readiness) {
  try {
    return wait(watch, PATIENCE_SECONDS, 'the array to take a change')
  } catch (error) {
    if (isNamed(error, 'DeadlineExceeded')) throw new NotReady(passing)
    throw error
  }
}

/** By what is really free; LUNs of an addition that has not ended may be there already. */
function problemsOfRoom({ request }: ArrayRecord, nodes: Event['nodes'], { active, freeMiB }: Readiness) {
  const owner = nodes.find(({ name }) => name === active)
  const there = ControllerReport.parse(owner?.report).luns.map(([name]) => name)
  const missing = request.luns.filter(({ name }) => !there.includes(name))
  const wanted = missing.reduce((sum, { sizeMiB }) => sum + sizeMiB, 0)
  if (freeMiB === undefined || wanted <= freeMiB) return []
  const rule = `must fit in the pool, which has ${freeMiB} MiB free on ${active}`
  return [{ field: 'luns', rule, got: `${wanted} MiB` }]
}
