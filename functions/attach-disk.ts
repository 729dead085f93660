/** Sees to it that a shared disk is attached to a controller. AttachVolume knows no client token, so it looks first. */
import { AttachVolumeCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { ec2 } from './shared/clients/ec2.ts'
import { done, Watch, wait } from './shared/deadline.ts'
import { listVolumes } from './shared/ec2.ts'
import { isNamed } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { diskOf } from './shared/picture.ts'
import { AttachmentItem } from './shared/shapes.ts'

const DEADLINE_SECONDS = 180

export const handler = define(z.strictObject({ item: AttachmentItem, watch: Watch }), async ({ item, watch }) => {
  const state = await attachmentOf(item)
  if (state === 'attached') return done
  // Attaching, busy or detaching: time will tell.
  if (state === undefined) await attach(item)
  return wait(
    watch,
    DEADLINE_SECONDS,
    `${item.disk} (${item.volumeId}) to be attached to ${item.node} (${item.instanceId})`,
  )
})

async function attachmentOf({ volumeId, instanceId }: AttachmentItem): Promise<string | undefined> {
  try {
    const [volume] = await listVolumes({ VolumeIds: [volumeId] })
    return volume && diskOf(volume).attachments.find(attachment => attachment.instanceId === instanceId)?.state
  } catch (error) {
    if (isNamed(error, 'InvalidVolume.NotFound')) return undefined
    throw error
  }
}

/** Right after their creation EC2 may not know the volume or the instance here yet, or in another state: asked again later. */
const PASSING = ['InvalidVolume.NotFound', 'InvalidInstanceID.NotFound', 'IncorrectState', 'IncorrectInstanceState']

async function attach({ volumeId, instanceId, device }: AttachmentItem): Promise<void> {
  try {
    await ec2().send(new AttachVolumeCommand({ VolumeId: volumeId, InstanceId: instanceId, Device: device }))
  } catch (error) {
    if (isNamed(error, ...PASSING)) return
    // Attached by a call whose answer was lost; any other use of the volume or of the device name is a real refusal.
    if (isNamed(error, 'VolumeInUse') && (await attachmentOf({ volumeId, instanceId } as AttachmentItem))) return
    throw error
  }
}
