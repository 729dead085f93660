import {
  CreateImageCommand,
  CreateTagsCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeSnapshotsCommand,
  type Filter,
  StopInstancesCommand,
  type TagSpecification,
} from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'
import type { ImageRecord } from '../../infra/local/ec2-records.ts'
import type { MemoryOptions } from '../../infra/local/memory-driver.ts'
import { freshLab } from './fresh.ts'

const tags = (ResourceType: 'image' | 'snapshot', Value: string): TagSpecification => ({
  ResourceType,
  Tags: [{ Key: 'star:image', Value }],
})

async function lab(driver: Partial<MemoryOptions> = {}, eventual = false) {
  const base = freshLab(driver, { eventual })
  const { ec2, launch, clock, stateOf } = base
  const [running = '', stopped = ''] = await launch(2)
  await clock.sleep(5_000)
  for (const id of [running, stopped]) await stateOf(id).catch(() => stateOf(id))
  await ec2.send(new StopInstancesCommand({ InstanceIds: [stopped] }))
  const find = async (input: DescribeImagesCommandInput) => {
    const { Images = [] } = await ec2.send(new DescribeImagesCommand(input))
    return Images
  }
  const snapshots = async (...Filters: Filter[]) => {
    const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters }))
    return Snapshots?.map(({ SnapshotId }) => SnapshotId)
  }
  const create = async (Name: string, InstanceId = stopped) => {
    const TagSpecifications = [tags('image', 'os'), tags('snapshot', 'os')]
    return (await ec2.send(new CreateImageCommand({ Name, InstanceId, TagSpecifications }))).ImageId ?? ''
  }
  return {
    ...{ ...base, running, stopped, find, snapshots, create },
    deregister: (ImageId: string) => ec2.send(new DeregisterImageCommand({ ImageId })),
    deleteSnapshot: (SnapshotId = '') => ec2.send(new DeleteSnapshotCommand({ SnapshotId })),
  }
}

describe('CreateImage', () => {
  it('makes an image with a snapshot, both tagged in the call, beside the node image', async () => {
    const { ec2, create, find, snapshots, imageId } = await lab()
    const node = await imageId()
    const id = await create('star-debian-12')
    const [image] = await find({ Owners: ['self'], Filters: [{ Name: 'tag:star:image', Values: ['os'] }] })
    expect(image).toMatchObject({ ImageId: id, Name: 'star-debian-12', State: 'available', OwnerId: '000000000000' })
    expect(image?.BlockDeviceMappings?.map(({ Ebs }) => Ebs?.SnapshotId)).toEqual(
      await snapshots({ Name: 'tag:star:image', Values: ['os'] }),
    )
    expect((await find({})).map(({ ImageId }) => ImageId)).toEqual([node, id])
    expect(await find({ Filters: [{ Name: 'name', Values: ['star-deb*'] }] })).toHaveLength(1)
    expect(await find({ Owners: ['792107900819'] })).toEqual([])
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'more', Value: 'x' }] }))
    expect(await find({ Filters: [{ Name: 'tag-key', Values: ['more'] }] })).toHaveLength(1)
    await expect(find({ Filters: [{ Name: 'colour', Values: ['red'] }] })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    })
  })

  it.each([
    ['ab', 'InvalidAMIName.Malformed'],
    ['größe', 'InvalidAMIName.Malformed'],
    ['there', 'InvalidAMIName.Duplicate'],
    ['star-node-debian-12-local', 'InvalidAMIName.Duplicate'],
  ])('refuses the name %s', async (name, error) => {
    const { create } = await lab()
    await create('there')
    await expect(create(name)).rejects.toMatchObject({ name: error })
  })

  it('takes a machine that stands still, and only such a one', async () => {
    const { create, running } = await lab()
    await expect(create('image', 'i-0123456789abcdef0')).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' })
    await expect(create('image', running)).rejects.toMatchObject({ name: 'UnsupportedOperation' })
  })

  it('shows as pending at first where EC2 is slow to tell, and cannot be launched from until it is there', async () => {
    const { create, find, launch } = await lab({}, true)
    const ImageIds = [await create('image')]
    expect((await find({ ImageIds }))[0]?.State).toBe('pending')
    expect((await find({ ImageIds }))[0]?.State).toBe('available')
    await expect(launch(1, { ImageId: 'ami-0123456789abcdef0' })).rejects.toMatchObject({
      name: 'InvalidAMIID.NotFound',
    })
    expect(await launch(1, { ImageId: ImageIds[0] ?? '' })).toHaveLength(1)
  })

  it('that fails leaves a failed image, and so does one that was cut off', async () => {
    const fail: MemoryOptions['fail'] = call => {
      if (call === 'saveImage') throw new Error('no room on this disk')
    }
    const { create, find, launch, cloud } = await lab({ fail })
    const id = await create('image')
    expect(await find({ ImageIds: [id] })).toMatchObject([
      { State: 'failed', StateReason: { Message: 'no room on this disk' } },
    ])
    await expect(launch(1, { ImageId: id })).rejects.toMatchObject({ name: 'InvalidAMIID.Unavailable' })
    const record = cloud.store.get<ImageRecord>('image', id)
    cloud.store.put('image', id, { ...record, state: 'pending', worker: 'gone', reason: undefined })
    expect(await find({ ImageIds: [id] })).toMatchObject([{ State: 'failed' }])
  })
})

it('DeregisterImage leaves the snapshot, which goes when it is deleted and no image stands on it', async () => {
  const { create, find, snapshots, deregister, deleteSnapshot, driver, cloud } = await lab()
  const id = await create('image')
  const [snapshot] = (await snapshots()) ?? []
  await expect(deleteSnapshot(snapshot)).rejects.toMatchObject({ name: 'InvalidSnapshot.InUse' })
  await deregister(id)
  expect(driver.images.size).toBe(0)
  await expect(find({ ImageIds: [id] })).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' })
  await expect(deregister(id)).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' })
  expect(await snapshots()).toEqual([snapshot])
  await deleteSnapshot(snapshot)
  await expect(deleteSnapshot(snapshot)).rejects.toMatchObject({ name: 'InvalidSnapshot.NotFound' })
  expect(cloud.store.list('snapshot')).toEqual([])
  await expect(deregister('ami-x')).rejects.toMatchObject({ name: 'InvalidAMIID.Malformed' })
  await expect(deleteSnapshot('snap-x')).rejects.toMatchObject({ name: 'InvalidSnapshotID.Malformed' })
})
