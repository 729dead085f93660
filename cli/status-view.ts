/** An inspection for people, and as rows for programs. What is wrong was judged by the workflow; nothing is judged here. */
import type { Fencing, Inspection, NodeInspection } from '../functions/shared/inspection.ts'
import { planOf } from '../functions/shared/plan.ts'
import { ControllerReport, HostReport } from '../functions/shared/reports.ts'
import { acceptRequest } from '../functions/shared/request.ts'
import { inZone, type NextAction } from '../functions/shared/schedule.ts'
import { count, table } from './table.ts'

/** One path of a LUN to a host. */
export interface PathRow {
  host: string
  lun: string
  controller: string
  alua: string
  state: string
}

/** The nodes' reports, read, and what is counted from them. */
export function viewOf(inspection: Inspection) {
  const nodeOf = (address: string) => inspection.nodes.find(node => node.address === address)?.name ?? address
  const controllers = inspection.nodes
    .filter(({ role }) => role === 'controller')
    .map(node => ({ node, report: ControllerReport.safeParse(node.report).data }))
  const hosts = inspection.nodes
    .filter(({ role }) => role === 'host')
    .map(node => ({ node, report: HostReport.safeParse(node.report).data }))
  const paths: PathRow[] = hosts.flatMap(({ node, report }) =>
    (report?.luns ?? []).flatMap(([lun, , , through]) =>
      through.map(([address, alua, state]) => ({
        host: node.name,
        lun: lun.replace(/^STAR-/, ''),
        controller: nodeOf(address),
        alua,
        state,
      })),
    ),
  )
  const owner = controllers.find(({ report }) => report?.pool.active)
  return {
    controllers,
    hosts,
    paths,
    owner,
    luns: owner?.report?.luns ?? [],
    online: new Set(controllers.flatMap(({ report }) => report?.cluster.online ?? [])),
    pathsUp: paths.filter(path => path.state === 'active').length,
    pathsWanted: planOf(acceptRequest(inspection.request)).paths,
  }
}

type View = ReturnType<typeof viewOf>

/** `2 controllers, 1 host, 6 LUNs, 12 of 12 paths` */
function summary({ controllers, hosts, luns, pathsUp, pathsWanted }: View): string {
  return [
    count(controllers.length, 'controller'),
    count(hosts.length, 'host'),
    count(luns.length, 'LUN'),
    `${pathsUp} of ${pathsWanted} paths`,
  ].join(', ')
}

/** `star0001: healthy: 2 controllers, …`, or `star0001: stopped`, where there is nothing to count. */
function headline({ array, power, healthy, state }: Inspection, view: View): string {
  const building = state === 'building' ? ', still being built' : ''
  if (power === 'stopped') return `${array}: stopped${building}`
  return `${array}: ${healthy ? 'healthy' : 'NOT HEALTHY'}${building}: ${summary(view)}`
}

export function statusLines(inspection: Inspection): string[] {
  const { power, problems, disks, cut, fencing } = inspection
  const view = viewOf(inspection)
  const { controllers, hosts, paths, luns, owner } = view
  const rows = (list: string[][]) => table(list, { aligned: true, indent: '  ' })
  const pool = owner?.report?.pool
  return [
    headline(inspection, view),
    ...(power === 'stopped' ? [] : [fencingLine(fencing)]),
    ...(pool ? [`pool STARpool: on ${owner?.node.name}, ${gib(pool.sizeMiB)}, ${gib(pool.freeMiB)} free`] : []),
    ...(inspection.next ? [nextLine(inspection.next, inspection.request.schedule?.timezone)] : []),
    ...section('problems', rows(problems.map(problem => [problem]))),
    ...section(
      'controllers',
      rows(
        controllers.map(({ node, report }) => [
          node.name,
          report?.role ?? '?',
          ...whereabouts(node),
          ...(report
            ? [
                view.online.has(node.name) ? 'Online' : 'offline',
                `target ${report.target.serving ? 'serves' : 'does not serve'} ${count(report.target.luns, 'LUN')}`,
                report.target.alua ?? '?',
                count(report.target.sessions.length, 'session'),
              ]
            : [firstLine(node.failure)]),
        ]),
      ),
    ),
    ...section(
      'disks',
      rows(
        disks.map(disk => [
          disk.name,
          disk.volumeId,
          disk.type,
          `${disk.sizeGiB} GiB`,
          `${disk.iops} IOPS`,
          count(disk.attachments.length, 'attachment'),
        ]),
      ),
    ),
    ...section(
      'LUNs',
      rows(luns.map(([name, wwid, size, fresh]) => [name, gib(size), wwid, fresh ? 'not proven yet' : ''])),
    ),
    ...hosts.flatMap(({ node, report }) => [
      '',
      `host ${[node.name, ...whereabouts(node), report ? count(report.sessions.length, 'session') : firstLine(node.failure)].join(', ')}`,
      ...rows(pathsOfHost(node.name, paths)),
    ]),
    ...(cut ? ['', 'The hosts’ paths are left out: there are too many to pass on.'] : []),
  ]
}

/** `fencing: on (power)` */
function fencingLine({ method, state }: Fencing): string {
  return `fencing: ${state} (${method})${state === 'on' ? '' : ': a split brain would have two writers'}`
}

/** `next: stop at 2026-11-23 19:00 (Asia/Tokyo); it was started by hand` */
export function nextLine({ action, at, because }: NextAction, timezone = 'UTC'): string {
  return `next: ${action} at ${inZone(Date.parse(at), timezone)}${because ? `; ${because}` : ''}`
}

/** A row a LUN; beside it each path. */
function pathsOfHost(host: string, paths: PathRow[]): string[][] {
  const luns = new Map<string, string[]>()
  for (const path of paths.filter(path => path.host === host)) {
    const row = luns.get(path.lun) ?? [path.lun]
    row.push(path.controller, path.alua, path.state)
    luns.set(path.lun, row)
  }
  return [...luns.values()]
}

/** The same facts, one kind a row, named in its first field. */
export function statusRows(inspection: Inspection): string[][] {
  const { array, power, healthy, problems, state, disks } = inspection
  const view = viewOf(inspection)
  const pool = view.owner?.report?.pool
  const number = (value: number | null | undefined) => (value == null ? '' : String(value))
  return [
    ['array', array, power === 'stopped' ? 'stopped' : healthy ? 'healthy' : 'not-healthy', state],
    ['summary', summary(view)],
    ['fencing', inspection.fencing.state, inspection.fencing.method],
    ['pool', view.owner?.node.name ?? '', number(pool?.sizeMiB), number(pool?.freeMiB)],
    ...(inspection.next ? [['next', inspection.next.action, inspection.next.at, inspection.next.because ?? '']] : []),
    ...view.controllers.map(({ node, report }) => [
      'controller',
      node.name,
      report?.role ?? '',
      ...whereabouts(node),
      view.online.has(node.name) ? 'online' : 'offline',
      report?.target.serving ? 'serving' : 'not-serving',
      number(report?.target.luns),
      report?.target.alua ?? '',
      number(report?.target.sessions.length),
    ]),
    ...disks.map(({ name, volumeId, state, attachments }) => [
      'disk',
      name,
      volumeId,
      state,
      String(attachments.length),
    ]),
    ...view.luns.map(([name, wwid, size]) => ['lun', name, String(size), wwid]),
    ...view.hosts.map(({ node, report }) => ['host', node.name, ...whereabouts(node), number(report?.sessions.length)]),
    ...view.paths.map(({ host, lun, controller, alua, state }) => ['path', host, lun, controller, alua, state]),
    ...problems.map(problem => ['problem', problem]),
  ]
}

const section = (title: string, lines: string[]) => (lines.length === 0 ? [] : ['', title, ...lines])
const whereabouts = ({ state, address }: NodeInspection) => [state, address]
const firstLine = (text = 'no report') => text.split('\n')[0] ?? ''
const gib = (mib: number | null | undefined) => (mib == null ? '?' : `${(mib / 1024).toFixed(1)} GiB`)
