/** What an array is made of, as work: what stands by itself, and what comes behind, between those. */
import { placementGroupName } from '../names.ts'
import type { Disk, Node } from '../picture.ts'
import type { ArrayRequest } from '../request.ts'
import { sharedDisks } from '../shared-disks.ts'
import { attachment, fencingMark } from './attachment.ts'
import { disk } from './disk.ts'
import { instance, type Where } from './instance.ts'
import type { Work } from './making.ts'

/** Ids of security groups. */
export interface Groups {
  controllers: string
  hosts: string
}

interface There {
  nodes: Node[]
  disks: Disk[]
}

export function partsOf(request: ArrayRequest, groups: Groups, where: Where, { nodes, disks }: There): Work[] {
  const { array, zone, controllers, hosts } = request
  const placementGroup = placementGroupName(array)
  const ofControllers = { array, role: 'controller' as const, groupId: groups.controllers, placementGroup }
  const ofHosts = { array, role: 'host' as const, groupId: groups.hosts }
  const { instanceType } = controllers
  return [
    ...controllers.names.map(name => instance({ ...ofControllers, name, instanceType }, where, nodes)),
    ...hosts.map(({ name, instanceType }) => instance({ ...ofHosts, name, instanceType }, where, nodes)),
    ...sharedDisks(request).map(wanted => disk({ ...wanted, array, zone }, where.execution, disks)),
  ]
}

export function tiesOf(request: ArrayRequest, { execution }: Where, { nodes, disks }: There): Work[] {
  const { array, controllers } = request
  const [one, two] = controllers.names
  return [
    fencingMark(one, two, execution, nodes),
    fencingMark(two, one, execution, nodes),
    ...sharedDisks(request).flatMap(({ name, place }) =>
      controllers.names.map(controller =>
        attachment({ array, disk: name, controller, place }, execution, nodes, disks),
      ),
    ),
  ]
}
