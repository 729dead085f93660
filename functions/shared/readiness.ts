/** Whether an array can take a change that all of its nodes have a part in, judged from an inspection. */
import { inOneLine } from './first-cause.ts'
import type { NodeInspection, Power } from './inspection.ts'
import type { ArrayState } from './record.ts'
import { ControllerReport } from './reports.ts'

export interface Readiness {
  /** Host name of the controller with the pool; undefined while anything stands in the way. */
  active?: string
  /** What it has free for new LUNs. */
  freeMiB?: number
  /** Reasons that stay until somebody does something. */
  lasting: string[]
  /** Reasons that may pass while machines boot and roles move. */
  passing: string[]
  /** Nodes whose instances are stopped while others run: somebody left off half-way, or a power cut. */
  stopped: string[]
}

const OFF = ['stopping', 'stopped']

interface Look {
  state: ArrayState
  power: Power
  nodes: NodeInspection[]
}

export function readinessOf({ state, power, nodes }: Look): Readiness {
  const none = { passing: [], stopped: [] }
  if (state !== 'ready') return { ...none, lasting: ['it has not been built to its end: star up completes it'] }
  if (power === 'stopped') return { ...none, lasting: ['it is stopped: star start comes first'] }
  const absent = nodes.filter(node => node.state === 'absent')
  if (absent.length > 0)
    return { ...none, lasting: absent.map(({ name }) => `there is no instance ${name}: star up makes it anew`) }
  const reports = nodes.flatMap(node => ControllerReport.safeParse(node.report).data ?? [])
  const owners = reports.filter(({ pool }) => pool.active)
  if (owners.length > 1)
    return {
      ...none,
      lasting: ['the pool is active on both controllers at once: stop one of them before anything else'],
    }
  const passing = nodes.flatMap(reasons)
  if (passing.length === 0 && owners.length === 0) passing.push('the pool is active on no controller')
  const [owner] = owners
  return {
    lasting: [],
    passing,
    stopped: nodes.filter(node => OFF.includes(node.state)).map(({ name }) => name),
    ...(owner && passing.length === 0 && { active: owner.name, freeMiB: owner.pool.freeMiB ?? undefined }),
  }
}

function reasons({ name, role, state, failure, report }: NodeInspection): string[] {
  if (state !== 'running') return [`${name}: the instance is ${state}`]
  if (failure !== undefined) return [`${name} does not answer: ${inOneLine(failure)}`]
  if (role === 'host') return []
  const { data } = ControllerReport.safeParse(report)
  if (!data) return [`${name}: its report cannot be read`]
  return data.target.serving ? [] : [`${name}: its target does not serve`]
}
