/**
 * What needs both ends there: each shared disk attached to each controller, and each controller marked as the one that its
 * partner may fence. The nodes' role lets an instance stop and start what carries its ARN, nothing else.
 */
import { AttachVolumeCommand, CreateTagsCommand } from '@aws-sdk/client-ec2'
import { ec2 } from '../clients/ec2.ts'
import { isNamed } from '../errors.ts'
import { deviceName, instanceArn } from '../names.ts'
import { type Disk, findDisks, type Node, only } from '../picture.ts'
import type { Work } from './making.ts'

export interface WantedAttachment {
  array: string
  disk: string
  controller: string
  /** Among the devices of a controller. */
  place: number
}

const DEADLINE_SECONDS = 180

/** `execution` is an ARN. */
export const attachment = (wanted: WantedAttachment, execution: string, nodes: Node[], disks: Disk[]): Work => ({
  ...{ execution, step: 'attach-disk', node: `${wanted.disk} → ${wanted.controller}`, seconds: DEADLINE_SECONDS },
  make: () => attach(wanted, nodes, disks),
})

/** AttachVolume knows no client token, so what the lists say goes first. */
async function attach({ array, disk, controller, place }: WantedAttachment, nodes: Node[], disks: Disk[]) {
  const volume = only(disks, disk)
  if (!volume) return `${disk} to be seen`
  const node = only(nodes, controller)
  if (!node) return `${controller} to be seen`
  const { volumeId, attachments } = volume
  const { instanceId } = node
  const isHere = (found: Disk['attachments'][number]) => found.instanceId === instanceId
  const state = attachments.find(isHere)?.state
  if (state === 'attached') return undefined
  const isTaken = async () => only(await findDisks(array), disk)?.attachments.some(isHere) ?? false
  // Attaching, busy or detaching: time will tell.
  if (state === undefined) await ask({ volumeId, instanceId, device: deviceName(place) }, isTaken)
  return `${disk} (${volumeId}) to be attached to ${controller} (${instanceId})`
}

/** Right after their creation EC2 may not know the volume or the instance here yet, or in another state: asked again later. */
const PASSING = ['InvalidVolume.NotFound', 'InvalidInstanceID.NotFound', 'IncorrectState', 'IncorrectInstanceState']

interface Asked {
  volumeId: string
  instanceId: string
  device: string
}

async function ask({ volumeId, instanceId, device }: Asked, isTaken: () => Promise<boolean>): Promise<void> {
  try {
    await ec2().send(new AttachVolumeCommand({ VolumeId: volumeId, InstanceId: instanceId, Device: device }))
  } catch (error) {
    if (isNamed(error, ...PASSING)) return
    // Attached by a call whose answer was lost; any other use of the volume or of the device name is a real refusal.
    if (isNamed(error, 'VolumeInUse') && (await isTaken())) return
    throw error
  }
}

/** `controller` may be fenced by `partner`. `execution` is an ARN: of this account and region. */
export const fencingMark = (controller: string, partner: string, execution: string, nodes: Node[]): Work => ({
  ...{ execution, step: 'let-fence', node: controller, seconds: DEADLINE_SECONDS },
  async make() {
    const [here, by] = [only(nodes, controller), only(nodes, partner)]
    if (!here || !by) return `${here ? partner : controller} to be seen`
    const Tags = [{ Key: 'star:fenced-by', Value: instanceArn(execution, by.instanceId) }]
    await ec2().send(new CreateTagsCommand({ Resources: [here.instanceId], Tags }))
    return undefined
  },
})
