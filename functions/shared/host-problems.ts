/** What a host must show: each LUN it may see, once through each controller, the same disk everywhere. */
import { lunsOf } from './documents.ts'
import type { NodeInspection } from './inspection.ts'
import type { Controller } from './problems.ts'
import type { HostReport } from './reports.ts'
import type { ArrayRequest } from './request.ts'

type Seen = HostReport['luns'][number]

/** `owner` is the controller with the pool, where there is exactly one. */
export function problemsOfHost(
  request: ArrayRequest,
  host: string,
  report: HostReport,
  nodes: NodeInspection[],
  owner: Controller | undefined,
): string[] {
  const seen = new Map(report.luns.map(lun => [lun[0].replace(/^STAR-/, ''), lun]))
  const may = lunsOf(request, host)
  const extra = [...seen.keys()]
    .filter(name => !may.includes(name))
    .map(name => `${host}: sees ${name}, which it may not`)
  const controllers = nodes.filter(({ role }) => role === 'controller')
  return [
    ...may.flatMap(name => {
      const lun = seen.get(name)
      if (!lun) return [`${host}: does not see ${name}`]
      return [
        ...identity(request, host, name, lun, owner),
        ...controllers.flatMap(controller => path(host, name, lun, controller, owner)),
        ...strangers(host, name, lun, controllers),
      ]
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
): string[] {
  const wanted = request.luns.find(lun => lun.name === name)?.sizeMiB
  const real = owner?.report.luns.find(([lun]) => lun === name)?.[1]
  return [
    ...(sizeMiB === wanted ? [] : [`${host}: ${name} has ${sizeMiB} MiB, not ${wanted}`]),
    ...(real === undefined || wwid === real
      ? []
      : [`${host}: ${name} has the WWID ${wwid}, but it is ${real} on ${owner?.node.name}`]),
  ]
}

function path(
  host: string,
  name: string,
  [, , , paths]: Seen,
  controller: NodeInspection,
  owner?: Controller,
): string[] {
  const through = paths.filter(([address]) => address === controller.address)
  const [only] = through
  if (!only || through.length > 1)
    return [`${host}: ${name} has ${through.length} paths through ${controller.name}, not 1`]
  const [, alua, state] = only
  const wanted = controller.name === owner?.node.name ? 'optimized' : 'non-optimized'
  // Nobody can ask for the ALUA state of a path that does not work.
  if (state !== 'active') return [`${host}: the path of ${name} through ${controller.name} is ${state}`]
  return owner === undefined || alua === wanted
    ? []
    : [`${host}: the path of ${name} through ${controller.name} is ${alua}, not ${wanted}`]
}

function strangers(host: string, name: string, [, , , paths]: Seen, controllers: NodeInspection[]): string[] {
  const known = controllers.map(({ address }) => address)
  return paths
    .filter(([address]) => !known.includes(address))
    .map(([address]) => `${host}: ${name} has a path through ${address}, which is no controller of this array`)
}
