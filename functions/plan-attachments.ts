/** Lists the attachments an array needs: each shared disk to each controller. */
import * as z from 'zod'
import { CloudRefused } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { deviceName, diskName } from './shared/names.ts'
import { findDisks, findNodes, only, requireNodes } from './shared/picture.ts'
import { Accepted, type AttachmentItem } from './shared/shapes.ts'

const Event = z.strictObject({ request: Accepted })

export const handler = define(Event, async ({ request }): Promise<{ items: AttachmentItem[] }> => {
  const [nodes, disks] = await Promise.all([findNodes(request.array), findDisks(request.array)])
  const { controllers } = requireNodes(request, nodes)
  const places = Array.from({ length: request.disks.count }, (_, place) => place)
  return {
    items: places.flatMap(place => {
      const name = diskName(request.array, place)
      const disk = only(disks, name)
      if (!disk) throw new CloudRefused(`${name} is gone`)
      return controllers.map(({ name: node, instanceId }) => ({
        disk: name,
        node,
        volumeId: disk.volumeId,
        instanceId,
        device: deviceName(place),
      }))
    }),
  }
})
