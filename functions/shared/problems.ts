/**
 * The judgement: is the array what was asked for, as the machines themselves show it? A pure function; every problem
 * is a sentence that names its node. No problems means healthy, and nothing else does.
 */
import { lunsOf } from './documents.ts'
import { problemsOfHost } from './host-problems.ts'
import type { NodeInspection } from './inspection.ts'
import { diskName } from './names.ts'
import type { Disk } from './picture.ts'
import { ControllerReport, HostReport } from './reports.ts'
import type { ArrayRequest } from './request.ts'

export interface Controller {
  node: NodeInspection
  report: ControllerReport
}

export function problemsOf(request: ArrayRequest, nodes: NodeInspection[], disks: Disk[]): string[] {
  const { every, owner } = read(nodes)
  return [
    ...servingProblemsOf(request, nodes, disks),
    ...every.hosts.filter(isOff).flatMap(silence),
    ...(owner ? ofLuns(request, owner) : []),
  ]
}

/** Of them, those that a reboot can cause: neither hosts that are off nor the list of LUNs is its doing. */
export function servingProblemsOf(request: ArrayRequest, nodes: NodeInspection[], disks: Disk[]): string[] {
  const { every, controllers, hosts, active, owner } = read(nodes)
  return [
    ...[...every.controllers, ...every.hosts.filter(host => !isOff(host))].flatMap(silence),
    ...ofDisks(request, nodes, disks),
    ...ofPool(controllers, active),
    ...controllers.flatMap(controller => ofController(request, controller, controller === owner)),
    ...hosts.flatMap(({ node, report }) => problemsOfHost(request, node.name, report, nodes, owner)),
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

/** Nodes that could not be asked, or whose answer cannot be read. */
export function silence({ name, role, state, failure, report }: NodeInspection): string[] {
  if (state === 'absent') return [`${name}: there is no such instance`]
  if (state !== 'running') return [`${name}: the instance is ${state}`]
  if (failure !== undefined) return [`${name}: ${failure.split('\n')[0]}`]
  const { error } = (role === 'controller' ? ControllerReport : HostReport).safeParse(report)
  const [issue] = error?.issues ?? []
  return issue ? [`${name}: its report cannot be read: ${issue.path.join('.')}: ${issue.message}`] : []
}

function ofDisks(request: ArrayRequest, nodes: NodeInspection[], disks: Disk[]): string[] {
  const controllers = nodes.filter(({ role, state }) => role === 'controller' && state !== 'absent')
  return Array.from({ length: request.disks.count }, (_, place) => diskName(request.array, place)).flatMap(name => {
    const disk = disks.find(disk => disk.name === name)
    if (!disk) return [`${name}: there is no such disk`]
    return controllers
      .filter(({ instanceId }) => !disk.attachments.some(a => a.instanceId === instanceId && a.state === 'attached'))
      .map(controller => `${controller.name}: disk ${name} (${disk.volumeId}) is not attached`)
  })
}

function ofPool(controllers: Controller[], active: Controller[]): string[] {
  if (controllers.length === 0 || active.length === 1) return []
  const names = controllers.map(({ node }) => node.name).join(' and ')
  return [active.length === 0 ? `${names}: the pool is not active` : `${names}: the pool is active on both at once`]
}

function ofController({ controllers, luns }: ArrayRequest, { node, report }: Controller, owns: boolean): string[] {
  const { name } = node
  const { role, target, cluster } = report
  const [wantedRole, wantedAlua] = owns ? ['ACTIVE', 'optimized'] : ['STANDBY', 'non-optimized']
  const offline = controllers.names.filter(other => !cluster.online.includes(other))
  return [
    ...(role === wantedRole ? [] : [`${name}: its role is ${role}, not ${wantedRole}`]),
    ...offline.map(other => `${name}: the cluster does not see ${other} online`),
    ...cluster.failures.map(failure => `${name}: the cluster reports a failure: ${failure}`),
    ...(target.serving ? [] : [`${name}: its target does not serve`]),
    ...(target.luns === luns.length ? [] : [`${name}: its target has ${target.luns} LUNs, not ${luns.length}`]),
    ...(target.alua === wantedAlua
      ? []
      : [`${name}: its ALUA state is ${target.alua ?? 'unknown'}, not ${wantedAlua}`]),
  ]
}

function ofLuns(request: ArrayRequest, { node: { name }, report }: Controller): string[] {
  const there = new Map(report.luns.map(([lun, , sizeMiB, isNew]) => [lun, { sizeMiB, isNew: isNew === 1 }]))
  const visible = new Set(request.hosts.flatMap(host => lunsOf(request, host.name)))
  const wanted = request.luns.flatMap(lun => {
    const found = there.get(lun.name)
    if (!found) return [`${name}: the pool has no ${lun.name}`]
    return [
      ...(found.sizeMiB === lun.sizeMiB ? [] : [`${name}: ${lun.name} has ${found.sizeMiB} MiB, not ${lun.sizeMiB}`]),
      ...(found.isNew && visible.has(lun.name) ? [`${name}: ${lun.name} has not been proven yet`] : []),
    ]
  })
  const asked = new Set(request.luns.map(lun => lun.name))
  const extra = [...there.keys()]
    .filter(lun => !asked.has(lun))
    .map(lun => `${name}: the pool has ${lun}, which nobody asked for`)
  return [...wanted, ...extra]
}
