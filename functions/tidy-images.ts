/**
 * One round of removing what images leave behind: instances they were made of, images that were cut off or, where asked for,
 * are old, and snapshots that no image of ours stands on. Called again until nothing is left, and then once more, because
 * what was made a moment ago may show late.
 */
import {
  DeleteSecurityGroupCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  type Image,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { ec2 } from './shared/clients/ec2.ts'
import { Watch, wait } from './shared/deadline.ts'
import { listGroups, listSnapshots } from './shared/ec2.ts'
import { passing } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { findBuilders, ownImages } from './shared/images.ts'
import { ofImages, tag } from './shared/tags.ts'

const Event = z.strictObject({
  /** So many of the images that can be used stay, the newest; all of them where it is null. */
  keep: z.int().min(1).nullable(),
  watch: Watch.extend({ seenEmpty: z.boolean().optional() }),
  /** Names of what was found by the rounds before. */
  removed: z.array(z.string()),
})

const DEADLINE_SECONDS = 600

export const handler = define(Event, async ({ keep, watch: { since, seenEmpty }, removed: before }) => {
  const builders = await removeBuilders()
  const images = await ownImages()
  const usable = images.filter(({ State }) => State === 'available')
  const stay = usable.slice(0, keep ?? usable.length)
  const left = [
    ...builders,
    ...(builders.length === 0 ? await removeGroup() : []),
    ...(await deregister(images.filter(image => !stay.includes(image)))),
    ...(await removeSnapshots(stay)),
  ]
  const removed = [...new Set([...before, ...left])]
  if (left.length === 0)
    return seenEmpty
      ? { ready: true, watch: {}, removed }
      : { ready: false, watch: { since, seenEmpty: true }, removed }
  return { ...wait({ since }, DEADLINE_SECONDS, `${left.join(', ')} to be gone`), removed }
})

/** Each returns the names of what was still there when it looked. */
async function removeBuilders(): Promise<string[]> {
  const found = await findBuilders()
  const InstanceIds = found.filter(({ state }) => state !== 'shutting-down').map(({ instanceId }) => instanceId)
  if (InstanceIds.length > 0) {
    await passing(ec2().send(new TerminateInstancesCommand({ InstanceIds })), 'InvalidInstanceID.NotFound')
  }
  return found.map(({ name }) => name)
}

async function removeGroup(): Promise<string[]> {
  const found = await listGroups({ Filters: ofImages('image-group') })
  for (const { GroupId } of found) {
    const removal = ec2().send(new DeleteSecurityGroupCommand({ GroupId }))
    await passing(removal, 'InvalidGroup.NotFound', 'DependencyViolation')
  }
  return found.map(({ Tags }) => tag(Tags, 'star:node'))
}

async function deregister(images: Image[]): Promise<string[]> {
  for (const { ImageId } of images) {
    await passing(
      ec2().send(new DeregisterImageCommand({ ImageId })),
      'InvalidAMIID.NotFound',
      'InvalidAMIID.Unavailable',
    )
  }
  return images.map(({ Name = '' }) => Name)
}

async function removeSnapshots(stay: Image[]): Promise<string[]> {
  const used = stay.flatMap(({ BlockDeviceMappings = [] }) => BlockDeviceMappings.map(({ Ebs }) => Ebs?.SnapshotId))
  const found = (await listSnapshots(ofImages('image'))).filter(({ SnapshotId }) => !used.includes(SnapshotId))
  for (const { SnapshotId } of found) {
    const removal = ec2().send(new DeleteSnapshotCommand({ SnapshotId }))
    await passing(removal, 'InvalidSnapshot.NotFound', 'InvalidSnapshot.InUse')
  }
  return found.map(({ SnapshotId = '' }) => SnapshotId)
}
