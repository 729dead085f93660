/** Sees to it that a shared disk is there: encrypted, and ready for both controllers. */
import { CreateVolumeCommand } from '@aws-sdk/client-ec2'
import { ec2 } from '../clients/ec2.ts'
import { CloudRefused } from '../errors.ts'
import { clientToken } from '../names.ts'
import { type Disk, diskOf, only } from '../picture.ts'
import type { SharedDisk } from '../shared-disks.ts'
import { taggedAs } from '../tags.ts'
import type { Work } from './making.ts'

export interface WantedDisk extends Pick<SharedDisk, 'name' | 'sizeGiB' | 'type' | 'iops'> {
  array: string
  zone: string
}

const DEADLINE_SECONDS = 300

/** `execution` is an ARN. */
export const disk = (wanted: WantedDisk, execution: string, disks: Disk[]): Work => ({
  ...{ execution, step: 'create-disk', node: wanted.name, seconds: DEADLINE_SECONDS },
  make: () => make(wanted, execution, disks),
})

async function make(wanted: WantedDisk, execution: string, disks: Disk[]): Promise<string | undefined> {
  const { volumeId, sizeGiB, type, state } = only(disks, wanted.name) ?? (await create(wanted, execution))
  const it = `${wanted.name} (${volumeId})`
  if (sizeGiB !== wanted.sizeGiB || type !== wanted.type) {
    throw new CloudRefused(`${it} is ${sizeGiB} GiB of ${type}, not ${wanted.sizeGiB} GiB of ${wanted.type}`)
  }
  if (state === 'error') throw new CloudRefused(`${it} could not be made: its state is error`)
  return state === 'available' || state === 'in-use' ? undefined : `${it} to be available`
}

async function create({ array, name, zone, sizeGiB, type, iops }: WantedDisk, execution: string): Promise<Disk> {
  return diskOf(
    await ec2().send(
      new CreateVolumeCommand({
        ClientToken: clientToken(execution, name),
        AvailabilityZone: zone,
        VolumeType: type,
        Size: sizeGiB,
        Iops: iops,
        MultiAttachEnabled: true,
        Encrypted: true,
        TagSpecifications: [taggedAs('volume', { array, role: 'disk', node: name })],
      }),
    ),
  )
}
