/** Whether ACTIVE's role is to be handed over, whether that can be done without a host noticing, and by which document. */
import * as z from 'zod'
import { controllersOf } from './shared/controllers.ts'
import { run } from './shared/documents.ts'
import { define } from './shared/handler.ts'
import { FailoverArray } from './shared/operations.ts'
import { type Pair, preflight } from './shared/preflight.ts'
import { Inspected } from './shared/shapes.ts'

const Event = z.strictObject({ inspection: Inspected, input: FailoverArray })

/** The gate is handed all that is known to be missing; more would not pass through it beside an inspection. */
const KNOWN = 200

export const handler = define(Event, async ({ inspection, input: { to, force } }) => {
  const { array, problems } = inspection
  const owners = controllersOf(inspection).filter(({ report }) => report?.pool.active)
  const [owner] = owners
  const wanted = to && controllersOf(inspection)[to - 1]
  if (owners.length === 1 && owner && owner.node.name === wanted?.node.name) {
    return { needed: false, active: owner.node.name, handOver: {}, known: [] }
  }
  const { active, standby } = preflight(inspection, force, pair => [
    ...cannotTakeOver(pair),
    ...(problems.length > KNOWN ? [`${array}: there are more than ${KNOWN} problems`] : []),
  ])
  return {
    needed: true,
    active: standby.node.name,
    handOver: run('hand-over', active.node, { to: standby.node.name }),
    // By force: what was missing before need not be back after.
    known: problems,
  }
})

/** A reboot brings STANDBY back; a hand-over needs it as it is. */
function cannotTakeOver({ active, standby }: Pair): string[] {
  const { name } = standby.node
  const { role, target } = standby.report ?? {}
  return [
    ...(active.report?.cluster.online.includes(name)
      ? []
      : [`${active.node.name}: the cluster does not see ${name} online`]),
    ...(role === undefined || role === 'STANDBY' ? [] : [`${name}: its role is ${role}, not STANDBY`]),
    ...(target === undefined || target.serving ? [] : [`${name}: its target does not serve`]),
  ]
}
