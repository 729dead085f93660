/**
 * Lists the attachments an array needs: each shared disk to each controller. And now that both controllers are there, each is
 * marked as the one that its partner may fence: their role lets an instance stop and start what carries its ARN, nothing else.
 */
import { CreateTagsCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { ec2 } from './shared/clients/ec2.ts'
import { CloudRefused } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { deviceName, ExecutionArn, instanceArn } from './shared/names.ts'
import { findDisks, findNodes, type Node, only, requireNodes } from './shared/picture.ts'
import { Accepted, type AttachmentItem } from './shared/shapes.ts'
import { sharedDisks } from './shared/shared-disks.ts'

const Event = z.strictObject({ request: Accepted, execution: ExecutionArn })

export const handler = define(Event, async ({ request, execution }): Promise<{ items: AttachmentItem[] }> => {
  const [nodes, disks] = await Promise.all([findNodes(request.array), findDisks(request.array)])
  const { controllers } = requireNodes(request, nodes)
  const [one, two] = controllers
  await Promise.all([letFence(execution, one, two), letFence(execution, two, one)])
  return {
    items: sharedDisks(request).flatMap(({ name, place }) => {
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

async function letFence(execution: string, { instanceId: by }: Node, { instanceId }: Node): Promise<void> {
  const Tags = [{ Key: 'star:fenced-by', Value: instanceArn(execution, by) }]
  await ec2().send(new CreateTagsCommand({ Resources: [instanceId], Tags }))
}
