/** What does not work from hosts: logins and reads, as check-paths tried them. A pure function. */
import { type Finding, lookAtIt, START, UP } from './findings.ts'
import { inOneLine } from './first-cause.ts'
import type { NodeInspection } from './inspection.ts'
import { PathsReport } from './reports.ts'

/** What became of check-paths on a host. */
export interface Tried {
  host: string
  report?: Record<string, unknown>
  failure?: string
}

export const pathsOf = (report: unknown): PathsReport | undefined => PathsReport.safeParse(report).data

export function brokenPaths(nodes: NodeInspection[], checks: Tried[]): Finding[] {
  return checks.flatMap(({ host, report, failure }) => {
    const paths = pathsOf(report)
    if (paths) return [...logins(host, paths, nodes), ...reads(host, paths, nodes), ...different(host, paths, nodes)]
    // A host that answers nothing is told of as that.
    if (!nodes.find(({ name }) => name === host)?.report) return []
    const why = failure === undefined ? 'its report cannot be read' : inOneLine(failure)
    return [{ text: `${host}: its paths could not be tried: ${why}`, remedy: lookAtIt(host, 'multipath -ll') }]
  })
}

const nameOf = (nodes: NodeInspection[], address: string) =>
  nodes.find(node => node.address === address)?.name ?? address

/** A controller that is off refuses nobody. */
const isUp = (nodes: NodeInspection[], controller: string) =>
  nodes.some(({ name, state }) => name === controller && state === 'running')

function logins(host: string, { logins }: PathsReport, nodes: NodeInspection[]): Finding[] {
  return logins.flatMap(([address, why]) => {
    const controller = nameOf(nodes, address)
    if (why === '') return []
    const open = `${UP}, ports among it; then ${lookAtIt(controller, 'star-target show')}`
    return [
      { text: `${host}: it cannot log in to ${controller}: ${why}`, remedy: isUp(nodes, controller) ? open : START },
    ]
  })
}

function reads(host: string, { failed }: PathsReport, nodes: NodeInspection[]): Finding[] {
  return failed.flatMap(([address, why, luns]) => {
    const controller = nameOf(nodes, address)
    const remedy = isUp(nodes, controller) ? `${START}; if it stays, ${lookAtIt(controller, 'dmesg')}` : START
    return luns.map(lun => ({ text: `${host}: ${lun} cannot be read through ${controller}: ${why}`, remedy, lun }))
  })
}

function different(host: string, { different }: PathsReport, nodes: NodeInspection[]): Finding[] {
  const names = nodes.filter(({ role }) => role === 'controller').map(({ name }) => name)
  const remedy = 'stop what uses it before anything else, keep both controllers as they are, and report it'
  return different.map(lun => ({
    text: `${host}: ${lun} reads differently through ${names.join(' and ')}`,
    remedy,
    lun,
  }))
}
