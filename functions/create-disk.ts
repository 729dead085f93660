/** Sees to it that a shared disk is there: found by its tags, or made, encrypted and ready for both controllers. */
import { CreateVolumeCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { ec2 } from './shared/clients/ec2.ts'
import { done, Watch, wait } from './shared/deadline.ts'
import { CloudRefused } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { ArrayName, clientToken, ExecutionArn } from './shared/names.ts'
import { type Disk, diskOf, findDisks, only } from './shared/picture.ts'
import { DiskItem } from './shared/shapes.ts'
import { taggedAs } from './shared/tags.ts'

const Event = z.strictObject({ array: ArrayName, execution: ExecutionArn, item: DiskItem, watch: Watch })
type Event = z.output<typeof Event>

const DEADLINE_SECONDS = 300

export const handler = define(Event, async event => {
  const { array, item, watch } = event
  const disk = only(await findDisks(array), item.disk) ?? (await create(event))
  if (disk.sizeGiB !== item.sizeGiB || disk.type !== item.type) {
    const is = `${disk.sizeGiB} GiB of ${disk.type}`
    throw new CloudRefused(`${item.disk} (${disk.volumeId}) is ${is}, not ${item.sizeGiB} GiB of ${item.type}`)
  }
  if (disk.state === 'error')
    throw new CloudRefused(`${item.disk} (${disk.volumeId}) could not be made: its state is error`)
  if (disk.state === 'available' || disk.state === 'in-use') return { ...done, volumeId: disk.volumeId }
  return {
    ...wait(watch, DEADLINE_SECONDS, `${item.disk} (${disk.volumeId}) to be available`),
    volumeId: disk.volumeId,
  }
})

async function create({ array, execution, item }: Event): Promise<Disk> {
  return diskOf(
    await ec2().send(
      new CreateVolumeCommand({
        ClientToken: clientToken(execution, item.disk),
        AvailabilityZone: item.zone,
        VolumeType: item.type,
        Size: item.sizeGiB,
        Iops: item.iops,
        MultiAttachEnabled: true,
        Encrypted: true,
        TagSpecifications: [taggedAs('volume', { array, role: 'disk', node: item.disk })],
      }),
    ),
  )
}
