/** The truth about an array at one moment: what `inspect-array` ends with. */

import type { Disk, Node } from './picture.ts'
import type { ArrayState } from './record.ts'
import { ControllerReport } from './reports.ts'
import type { ArrayRequest, RequestInput } from './request.ts'
import type { NextAction } from './schedule.ts'

export interface NodeInspection {
  name: string
  role: 'controller' | 'host'
  instanceId: string
  instanceType: string
  address: string
  /** EC2's word, or `absent`. */
  state: string
  /** A ControllerReport or a HostReport, unless it could not be asked or did not answer. */
  report?: Record<string, unknown>
  failure?: string
}

/** How controllers were to be fenced, and whether that is so, as the cluster sees it. */
export interface Fencing {
  method: ArrayRequest['fencing']
  state: 'on' | 'off' | 'unknown'
}

/** `stopped`: every instance is, because somebody asked for it. `running`: every instance does. All else is `partly`. */
export type Power = 'running' | 'stopped' | 'partly'

export interface Inspection {
  array: string
  state: ArrayState
  power: Power
  healthy: boolean
  fencing: Fencing
  /** Sentences for people, each naming its node. */
  problems: string[]
  request: RequestInput
  nodes: NodeInspection[]
  disks: Disk[]
  /** What its schedule will do next; not there without one. */
  next?: NextAction
  /** Set where reports of hosts were left out, because all together would not pass through a workflow. */
  cut?: true
}

/** Step Functions hands on 262,144 characters at most; the caller adds to this. */
const ROOM = 200_000
const PROBLEMS = 200

export function withinRoom(inspection: Inspection): Inspection {
  if (JSON.stringify(inspection).length <= ROOM) return inspection
  const { problems, nodes } = inspection
  const shown = problems.slice(0, PROBLEMS)
  const rest = problems.length > PROBLEMS ? [`(and ${problems.length - PROBLEMS} more)`] : []
  const cut = nodes.map(node => (node.role === 'host' && node.report ? { ...node, report: undefined } : node))
  return { ...inspection, problems: [...shown, ...rest], nodes: cut, cut: true }
}

/** A host that did answer, but whose report was left out. */
export const isLeftOut = ({ cut }: Inspection, { role, state, report, failure }: NodeInspection): boolean =>
  cut === true && role === 'host' && state === 'running' && !report && failure === undefined

/** Of those that are in the cluster; who is not knows nothing of it. */
export function fencingOf({ fencing: method }: ArrayRequest, nodes: NodeInspection[]): Fencing {
  const said = nodes.flatMap(({ role, report }) => {
    const { data } = ControllerReport.safeParse(role === 'controller' ? report : undefined)
    return data && data.role !== 'none' ? [data.fencing] : []
  })
  const [first = 'unknown'] = said
  return { method, state: said.includes('off') ? 'off' : said.every(state => state === first) ? first : 'unknown' }
}

/** An instance that went down by itself, or is not there, is no part of an orderly stop. */
export function powerOf(nodes: (Pick<Node, 'state' | 'stoppedAt'> | undefined)[]): Power {
  if (nodes.every(node => node?.state === 'running')) return 'running'
  return nodes.every(node => node?.state === 'stopped' && node.stoppedAt !== undefined) ? 'stopped' : 'partly'
}
