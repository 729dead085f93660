/** How many paths hosts should have and have not: each LUN of a host is to be seen through each controller. */
import { lunsOf } from './documents.ts'
import type { NodeInspection } from './inspection.ts'
import { HostReport } from './reports.ts'
import type { ArrayRequest } from './request.ts'

/** A host that runs and does not answer shows no path; one that is switched off misses none. */
export function missingPaths(request: ArrayRequest, nodes: NodeInspection[]): number {
  const controllers = nodes.filter(({ role }) => role === 'controller').map(({ address }) => address)
  const hosts = nodes.filter(({ role, state }) => role === 'host' && state === 'running')
  return hosts.reduce((sum, { name, report }) => {
    const seen = HostReport.safeParse(report).data?.luns ?? []
    const ways = lunsOf(request, name).flatMap(lun => {
      const paths = seen.find(([device]) => device === `STAR-${lun}`)?.[3] ?? []
      return controllers.map(controller => paths.some(([to, , state]) => to === controller && state === 'active'))
    })
    return sum + ways.filter(works => !works).length
  }, 0)
}
