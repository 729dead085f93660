/** What a host must show: each LUN it may see, once through each controller, the same disk everywhere. */
import { lunsOf } from './documents.ts'
import { type Finding, lookAtIt, START, UP } from './findings.ts'
import type { NodeInspection } from './inspection.ts'
import type { Controller } from './problems.ts'
import type { HostReport } from './reports.ts'
import type { ArrayRequest } from './request.ts'

type Seen = HostReport['luns'][number]

/** `owner` is the controller with the pool, where there is exactly one. */
export function findingsOfHost(
  request: ArrayRequest,
  host: string,
  report: HostReport,
  nodes: NodeInspection[],
  owner: Controller | undefined,
): Finding[] {
  const seen = new Map(report.luns.map(lun => [lun[0].replace(/^STAR-/, ''), lun]))
  const may = lunsOf(request, host)
  const extra = [...seen.keys()]
    .filter(name => !may.includes(name))
    .map(lun => ({ text: `${host}: sees ${lun}, which it may not`, remedy: UP, lun }))
  const controllers = nodes.filter(({ role }) => role === 'controller')
  return [
    ...may.flatMap((name): Finding[] => {
      const lun = seen.get(name)
      if (!lun) return [{ text: `${host}: does not see ${name}`, remedy: START, lun: name }]
      return [
        ...identity(request, host, name, lun, owner),
        ...controllers.flatMap(controller => path(host, name, lun, controller, owner)),
        ...strangers(host, name, lun, controllers),
      ].map(finding => ({ ...finding, lun: name }))
    }),
    ...extra,
  ]
}

function identity(
  request: ArrayRequest,
  host: string,
  name: string,
  [, wwid, sizeMiB]: Seen,
  owner?: Controller,
): Finding[] {
  const wanted = request.luns.find(lun => lun.name === name)?.sizeMiB
  const real = owner?.report.luns.find(([lun]) => lun === name)?.[1]
  return [
    ...(sizeMiB === wanted
      ? []
      : [{ text: `${host}: ${name} has ${sizeMiB} MiB, not ${wanted}`, remedy: lookAtIt(host, 'multipath -ll') }]),
    ...(real === undefined || wwid === real
      ? []
      : [
          {
            text: `${host}: ${name} has the WWID ${wwid}, but it is ${real} on ${owner?.node.name}`,
            remedy: `it is another disk: use nothing on it, and ${lookAtIt(host, 'multipath -ll')}`,
          },
        ]),
  ]
}

function path(
  host: string,
  name: string,
  [, , , paths]: Seen,
  controller: NodeInspection,
  owner?: Controller,
): Finding[] {
  const through = paths.filter(([address]) => address === controller.address)
  const [only] = through
  if (!only || through.length > 1)
    return [{ text: `${host}: ${name} has ${through.length} paths through ${controller.name}, not 1`, remedy: START }]
  const [, alua, state] = only
  const wanted = controller.name === owner?.node.name ? 'optimized' : 'non-optimized'
  // Nobody can ask for the ALUA state of a path that does not work.
  const what = `${host}: the path of ${name} through ${controller.name} is`
  if (state !== 'active') return [{ text: `${what} ${state}`, remedy: START }]
  if (owner === undefined || alua === wanted) return []
  const remedy = `the host asks again each second; if it stays, ${lookAtIt(controller.name, 'star-target show')}`
  return [{ text: `${what} ${alua}, not ${wanted}`, remedy }]
}

function strangers(host: string, name: string, [, , , paths]: Seen, controllers: NodeInspection[]): Finding[] {
  const known = controllers.map(({ address }) => address)
  return paths
    .filter(([address]) => !known.includes(address))
    .map(([address]) => ({
      text: `${host}: ${name} has a path through ${address}, which is no controller of this array`,
      remedy: `log the host out of it: ${lookAtIt(host, 'iscsiadm -m session')}`,
    }))
}
