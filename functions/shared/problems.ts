/**
 * The judgement: is the array what was asked for, as the machines themselves show it? A pure function; every problem
 * is a sentence that names its node, and has its remedy beside it. No problems means healthy, and nothing else does.
 */
import { lunsOf } from './documents.ts'
import { type Finding, lookAtIt, START, UP } from './findings.ts'
import { inOneLine } from './first-cause.ts'
import { findingsOfHost } from './host-problems.ts'
import type { NodeInspection } from './inspection.ts'
import type { Disk } from './picture.ts'
import { ControllerReport, HostReport } from './reports.ts'
import { type ArrayRequest, NOT_FENCED } from './request.ts'
import { fencingDiskName, sharedDisks } from './shared-disks.ts'

export interface Controller {
  node: NodeInspection
  report: ControllerReport
}

const textsOf = (findings: Finding[]) => findings.map(({ text }) => text)

export const problemsOf = (request: ArrayRequest, nodes: NodeInspection[], disks: Disk[]): string[] =>
  textsOf(findingsOf(request, nodes, disks))

/** Of them, those that a reboot can cause: neither hosts that are off, the list of LUNs nor fencing is its doing. */
export const servingProblemsOf = (request: ArrayRequest, nodes: NodeInspection[], disks: Disk[]): string[] =>
  textsOf(servingFindings(request, nodes, disks))

/** Nodes that could not be asked, or whose answer cannot be read. */
export const silence = (node: NodeInspection): string[] => textsOf(silent(node))

export function findingsOf(request: ArrayRequest, nodes: NodeInspection[], disks: Disk[]): Finding[] {
  const { every, controllers, owner } = read(nodes)
  return [
    ...servingFindings(request, nodes, disks),
    ...ofFencing(request, controllers),
    ...every.hosts.filter(isOff).flatMap(silent),
    ...(owner ? ofLuns(request, owner) : []),
  ]
}

function servingFindings(request: ArrayRequest, nodes: NodeInspection[], disks: Disk[]): Finding[] {
  const { every, controllers, hosts, active, owner } = read(nodes)
  return [
    ...[...every.controllers, ...every.hosts.filter(host => !isOff(host))].flatMap(silent),
    ...ofDisks(request, nodes, disks),
    ...ofPool(controllers, active),
    ...controllers.flatMap(controller => ofController(request, controller, controller === owner)),
    ...hosts.flatMap(({ node, report }) => findingsOfHost(request, node.name, report, nodes, owner)),
  ]
}

const isOff = ({ state }: NodeInspection) => state === 'stopped' || state === 'absent'

/** The reports, as far as they can be read. `owner` is the controller with the pool, where there is exactly one. */
function read(nodes: NodeInspection[]) {
  const ofRole = (role: NodeInspection['role']) => nodes.filter(node => node.role === role)
  const every = { controllers: ofRole('controller'), hosts: ofRole('host') }
  const controllers = every.controllers.flatMap(node => {
    const report = ControllerReport.safeParse(node.report).data
    return report ? [{ node, report }] : []
  })
  const hosts = every.hosts.flatMap(node => {
    const report = HostReport.safeParse(node.report).data
    return report ? [{ node, report }] : []
  })
  const active = controllers.filter(({ report }) => report.pool.active)
  return { every, controllers, hosts, active, owner: active.length === 1 ? active[0] : undefined }
}

function silent({ name, role, state, failure, report }: NodeInspection): Finding[] {
  if (state === 'absent') return [{ text: `${name}: there is no such instance`, remedy: UP }]
  if (state !== 'running') return [{ text: `${name}: the instance is ${state}`, remedy: START }]
  if (failure !== undefined) {
    const remedy = `${lookAtIt(name)}; one that gives no answer there either is rebooted, by EC2`
    return [{ text: `${name}: ${inOneLine(failure)}`, remedy }]
  }
  const { error } = (role === 'controller' ? ControllerReport : HostReport).safeParse(report)
  const [issue] = error?.issues ?? []
  if (!issue) return []
  const text = `${name}: its report cannot be read: ${issue.path.join('.')}: ${issue.message}`
  return [{ text, remedy: 'this is a defect of STAR: please report it' }]
}

function ofDisks(request: ArrayRequest, nodes: NodeInspection[], disks: Disk[]): Finding[] {
  const controllers = nodes.filter(({ role, state }) => role === 'controller' && state !== 'absent')
  return sharedDisks(request).flatMap(({ name }) => {
    const disk = disks.find(disk => disk.name === name)
    if (!disk) {
      const lost =
        name === fencingDiskName(request.array) ? 'nobody can be fenced' : 'what lay on it is lost to the pool'
      const remedy = `${lost}: restore the volume, with the tags it had, or build the array anew`
      return [{ text: `${name}: there is no such disk`, remedy }]
    }
    return controllers
      .filter(({ instanceId }) => !disk.attachments.some(a => a.instanceId === instanceId && a.state === 'attached'))
      .map(controller => ({
        text: `${controller.name}: disk ${name} (${disk.volumeId}) is not attached`,
        remedy: UP,
      }))
  })
}

function ofPool(controllers: Controller[], active: Controller[]): Finding[] {
  if (controllers.length === 0 || active.length === 1) return []
  const names = controllers.map(({ node }) => node.name).join(' and ')
  const [first] = controllers.map(({ node }) => node.name)
  return active.length === 0
    ? [{ text: `${names}: the pool is not active`, remedy: `${START}; then ${lookAtIt(`${first}`, 'crm_mon -1rf')}` }]
    : [
        {
          text: `${names}: the pool is active on both at once`,
          remedy: 'both can write: switch one of them off at once, by EC2, and look at the data before it comes back',
        },
      ]
}

function ofController({ controllers, luns }: ArrayRequest, { node, report }: Controller, owns: boolean): Finding[] {
  const { name } = node
  const { role, target, cluster } = report
  const [wantedRole, wantedAlua] = owns ? ['ACTIVE', 'optimized'] : ['STANDBY', 'non-optimized']
  const offline = controllers.names.filter(other => !cluster.online.includes(other))
  const serves = `${START}; then ${lookAtIt(name, 'star-target show')}`
  return [
    ...unless(role === wantedRole, `${name}: its role is ${role}, not ${wantedRole}`, START),
    ...offline.map(other => ({ text: `${name}: the cluster does not see ${other} online`, remedy: START })),
    ...cluster.failures.map(failure => ({
      text: `${name}: the cluster reports a failure: ${failure}`,
      remedy: `once that is put right, the cluster forgets it: star shell ${name} -- crm_resource --cleanup`,
    })),
    ...unless(target.serving, `${name}: its target does not serve`, serves),
    ...unless(
      target.luns === luns.length,
      `${name}: its target has ${target.luns} LUNs, not ${luns.length}`,
      target.serving ? UP : serves,
    ),
    ...unless(
      target.alua === wantedAlua,
      `${name}: its ALUA state is ${target.alua ?? 'unknown'}, not ${wantedAlua}`,
      target.serving ? UP : serves,
    ),
  ]
}

const unless = (well: boolean, text: string, remedy: string): Finding[] => (well ? [] : [{ text, remedy }])

/** Who is not in the cluster cannot say. */
function ofFencing({ fencing }: ArrayRequest, controllers: Controller[]): Finding[] {
  if (fencing === NOT_FENCED) return []
  return controllers
    .filter(({ report }) => report.role !== 'none' && report.fencing !== 'on')
    .map(({ node: { name }, report }) => ({
      text: `${name}: fencing is ${report.fencing}, although it was asked for`,
      remedy: `star shell ${name} -- crm_mon -1 says what the cluster has against its fence devices`,
    }))
}

function ofLuns(request: ArrayRequest, { node: { name }, report }: Controller): Finding[] {
  const there = new Map(report.luns.map(([lun, , sizeMiB, isNew]) => [lun, { sizeMiB, isNew: isNew === 1 }]))
  const visible = new Set(request.hosts.flatMap(host => lunsOf(request, host.name)))
  const byHand = `somebody changed it by hand: star shell ${name} -- lvs STARpool`
  const wanted = request.luns.flatMap((lun): Finding[] => {
    const found = there.get(lun.name)
    const about = (text: string, remedy: string) => ({ text, remedy, lun: lun.name })
    if (!found) return [about(`${name}: the pool has no ${lun.name}`, `${UP}; what was on it is gone`)]
    return [
      ...(found.sizeMiB === lun.sizeMiB
        ? []
        : [about(`${name}: ${lun.name} has ${found.sizeMiB} MiB, not ${lun.sizeMiB}`, byHand)]),
      ...(found.isNew && visible.has(lun.name) ? [about(`${name}: ${lun.name} has not been proven yet`, UP)] : []),
    ]
  })
  const asked = new Set(request.luns.map(lun => lun.name))
  const extra = [...there.keys()]
    .filter(lun => !asked.has(lun))
    .map(lun => ({ text: `${name}: the pool has ${lun}, which nobody asked for`, remedy: byHand, lun }))
  return [...wanted, ...extra]
}
