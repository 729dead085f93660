/**
 * Whether the controllers can change their roles without a host noticing, judged from an inspection. Refuses with every
 * reason there is. Force goes on in spite of what costs redundancy, never of what costs service.
 */
import { type Controller, controllersOf } from './controllers.ts'
import { NotReady } from './errors.ts'
import { type Inspection, isLeftOut } from './inspection.ts'
import { silence } from './problems.ts'
import { HostReport } from './reports.ts'

export interface Pair {
  active: Controller
  standby: Controller
}

/** Throws NotReady. `more`: what else costs service in what is about to be done, by its own word. */
export function preflight(inspection: Inspection, force: boolean, more?: (pair: Pair) => string[]): Pair {
  const { pair, never, unlessForced } = refusalsOf(inspection, more)
  const reasons = [...never.map(reason => `${reason} (force does not help)`), ...unlessForced]
  if (!pair || never.length > 0 || (reasons.length > 0 && !force)) throw new NotReady(reasons)
  return pair
}

/** `pair` is there where exactly one controller is ACTIVE, whatever else is so. */
export function refusalsOf(inspection: Inspection, more: (pair: Pair) => string[] = () => []) {
  const controllers = controllersOf(inspection)
  const owners = controllers.filter(({ report }) => report?.pool.active)
  const [active] = owners
  const standby = controllers.find(controller => controller !== active)
  const pair: Pair | undefined = owners.length === 1 && active && standby ? { active, standby } : undefined
  const never = [...new Set([...costsService(inspection, controllers, owners), ...(pair ? more(pair) : [])])]
  return { pair, never, unlessForced: inspection.problems.filter(problem => !never.includes(problem)) }
}

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
