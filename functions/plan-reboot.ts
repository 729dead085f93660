/**
 * Whether both controllers can be rebooted one after the other without a host noticing, and in which order: STANDBY
 * first. Refuses with every reason there is. Force goes on in spite of what costs redundancy, never of what costs service.
 */
import * as z from 'zod'
import { type Controller, controllersOf } from './shared/controllers.ts'
import { run } from './shared/documents.ts'
import { NotReady } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { type Inspection, isLeftOut } from './shared/inspection.ts'
import { silence } from './shared/problems.ts'
import { HostReport } from './shared/reports.ts'
import { Inspected } from './shared/shapes.ts'

const Event = z.strictObject({ inspection: Inspected, force: z.boolean() })

export const handler = define(Event, async ({ inspection, force }) => {
  const controllers = controllersOf(inspection)
  const active = controllers.filter(({ report }) => report?.pool.active)
  const standby = controllers.find(controller => controller !== active[0])
  const never = costsService(inspection, controllers, active)
  const reasons = [
    ...never.map(reason => `${reason} (force does not help)`),
    ...inspection.problems.filter(problem => !never.includes(problem)),
    ...fencingUnknown(controllers),
  ]
  const [second] = active
  if (never.length > 0 || !second || !standby || (reasons.length > 0 && !force)) throw new NotReady(reasons)
  const addresses = controllers.map(({ node }) => `${node.name}=${node.address}`).join(',')
  const reboot = ({ node }: Controller) => ({
    node: node.name,
    stop: run('stop-cluster', node),
    start: run('start-cluster', node, { controllers: addresses }),
  })
  return {
    first: reboot(standby),
    second: reboot(second),
    handOver: run('hand-over', second.node, { to: standby.node.name }),
    rebooted: [standby.node.name, second.node.name],
  }
})

/** Whatever makes it likely that a host loses a LUN, or that nobody can tell. */
function costsService(inspection: Inspection, controllers: Controller[], active: Controller[]): string[] {
  const { array, state, nodes, problems, cut } = inspection
  const down = nodes
    .filter(node => node.role === 'controller' || (node.state === 'running' && !isLeftOut(inspection, node)))
    .flatMap(silence)
  const names = controllers.map(({ node }) => node.name).join(' and ')
  return [
    ...(state === 'building' ? [`${array}: it was never completed: star up completes it`] : []),
    ...down,
    ...(active.length === 0 ? [`${names}: neither is ACTIVE`] : []),
    ...(active.length > 1 ? [`${names}: both are ACTIVE at once`] : []),
    ...(active.length === 1 && active[0] ? cutOff(inspection, active[0]) : []),
    ...(cut && problems.length > 0 ? [`${array}: there are too many paths to tell which of them hosts depend on`] : []),
  ]
}

/** LUNs that a host reaches through STANDBY alone, and would lose with it. */
function cutOff({ nodes }: Inspection, active: Controller): string[] {
  return nodes.flatMap(({ name, role, report }) => {
    const luns = role === 'host' ? (HostReport.safeParse(report).data?.luns ?? []) : []
    return luns
      .filter(
        ([, , , paths]) => !paths.some(([address, , state]) => address === active.node.address && state === 'active'),
      )
      .map(
        ([lun]) =>
          `${name}: ${lun.replace(/^STAR-/, '')} has no working path through ${active.node.name}, which is ACTIVE`,
      )
  })
}

/** What no problem of the inspection says. */
function fencingUnknown(controllers: Controller[]): string[] {
  const mute = controllers.filter(({ report }) => report?.fencing === 'unknown')
  return mute.map(({ node }) => `${node.name}: it does not say whether fencing is on or off`)
}
