/** Lists what an array is made of: each instance and each disk, with all that its creation needs. */
import * as z from 'zod'
import { define } from './shared/handler.ts'
import { placementGroupName } from './shared/names.ts'
import { Accepted, type DiskItem, type InstanceItem } from './shared/shapes.ts'
import { sharedDisks } from './shared/shared-disks.ts'

const Event = z.strictObject({
  request: Accepted,
  groups: z.strictObject({ controllers: z.string(), hosts: z.string() }),
})

export const handler = define(Event, async ({ request, groups }): Promise<{ items: (InstanceItem | DiskItem)[] }> => {
  const { array, zone, controllers, hosts } = request
  return {
    items: [
      ...controllers.names.map(node => ({
        kind: 'instance' as const,
        node,
        role: 'controller' as const,
        instanceType: controllers.instanceType,
        groupId: groups.controllers,
        placementGroup: placementGroupName(array),
      })),
      ...hosts.map(({ name, instanceType }) => ({
        kind: 'instance' as const,
        node: name,
        role: 'host' as const,
        instanceType,
        groupId: groups.hosts,
      })),
      ...sharedDisks(request).map(({ name, sizeGiB, type, iops }) => ({
        ...{ kind: 'disk' as const, disk: name, zone, sizeGiB, type, iops },
      })),
    ],
  }
})
