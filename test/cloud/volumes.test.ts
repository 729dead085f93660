import {
  type CreateVolumeCommandInput,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'
import { freshLab } from './fresh.ts'

describe('CreateVolume', () => {
  const refusals: Array<[what: string, code: string, change: Partial<CreateVolumeCommandInput>]> = [
    ['Multi-Attach on gp3', 'InvalidParameterCombination', { VolumeType: 'gp3', Iops: 3000 }],
    ['Multi-Attach on gp2', 'InvalidParameterCombination', { VolumeType: 'gp2', Iops: undefined }],
    ['io2 without IOPS', 'MissingParameter', { Iops: undefined }],
    ['IOPS for gp2', 'InvalidParameterCombination', { VolumeType: 'gp2', MultiAttachEnabled: false }],
    ['throughput for io2', 'InvalidParameterCombination', { Throughput: 125 }],
    ['io2 below 4 GiB', 'InvalidParameterValue', { Size: 3 }],
    ['io2 above 64 TiB', 'InvalidParameterValue', { Size: 65_537 }],
    ['io1 above 16 TiB', 'InvalidParameterValue', { VolumeType: 'io1', Size: 16_385 }],
    ['io2 below 100 IOPS', 'InvalidParameterValue', { Iops: 99 }],
    ['io2 above 256,000 IOPS', 'InvalidParameterValue', { Size: 1000, Iops: 256_001 }],
    ['io2 above 1,000 IOPS for a GiB', 'InvalidParameterValue', { Size: 4, Iops: 4_001 }],
    ['io1 above 50 IOPS for a GiB', 'InvalidParameterValue', { VolumeType: 'io1', Size: 4, Iops: 201 }],
    ['no size', 'MissingParameter', { Size: undefined }],
    ['an unknown type', 'UnknownVolumeType', { VolumeType: 'io3' as never }],
    ['an unknown zone', 'InvalidZone.NotFound', { AvailabilityZone: 'ap-northeast-1z' }],
    ['no zone', 'MissingParameter', { AvailabilityZone: undefined }],
    ['an unknown snapshot', 'InvalidSnapshot.NotFound', { SnapshotId: 'snap-0123456789abcdef0' }],
  ]
  it.each(refusals)('refuses %s: %s', async (_, code, change) => {
    const { volume, driver } = freshLab()
    await expect(volume(change)).rejects.toMatchObject({ name: code })
    expect(driver.disks.size).toBe(0)
  })

  it('takes the bounds themselves', async () => {
    const { volume, driver } = freshLab()
    await volume({ Size: 4, Iops: 4_000 })
    await volume({ VolumeType: 'io1', Size: 16_384, Iops: 64_000 })
    await volume({ VolumeType: 'gp3', Size: 1, Iops: 3_000, MultiAttachEnabled: false })
    expect([...driver.disks.values()]).toEqual([4, 16_384, 1])
  })

  it('answers with the same volume for the same client token, and refuses it for another request', async () => {
    const { volume, driver } = freshLab()
    const first = await volume({ ClientToken: 'once' })
    expect(await volume({ ClientToken: 'once' })).toBe(first)
    expect(driver.disks.size).toBe(1)
    await expect(volume({ ClientToken: 'once', Size: 5 })).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
    })
  })

  it('leaves nothing when the disk cannot be made', async () => {
    const { volume, ec2 } = freshLab({
      fail: call => {
        if (call === 'createDisk') throw new Error('no space left')
      },
    })
    await expect(volume()).rejects.toMatchObject({
      name: 'InternalError',
      message: expect.stringMatching(/no space left/),
    })
    expect((await ec2.send(new DescribeVolumesCommand({}))).Volumes).toEqual([])
  })

  it('is not there yet for a first look by id where the cloud is eventually consistent', async () => {
    const { volume, volumeNow } = freshLab({}, { eventual: true })
    const id = await volume()
    await expect(volumeNow(id)).rejects.toMatchObject({ name: 'InvalidVolume.NotFound' })
    expect((await volumeNow(id)).State).toBe('available')
  })
})

describe('AttachVolume', () => {
  it('refuses what cannot be attached', async () => {
    const { volume, attach, launch } = freshLab()
    const [one = '', two = ''] = await launch(2)
    const [shared, single, far] = [
      await volume(),
      await volume({ MultiAttachEnabled: false }),
      await volume({ AvailabilityZone: 'ap-northeast-1a' }),
    ]
    await attach(shared, one)
    await attach(single, one, '/dev/sdg')
    const refused = (name: string, ...to: Parameters<typeof attach>) =>
      expect(attach(...to)).rejects.toMatchObject({ name })
    await refused('VolumeInUse', shared, one, '/dev/sdh')
    await refused('VolumeInUse', single, two)
    await refused('InvalidVolume.ZoneMismatch', far, two)
    await refused('InvalidVolume.NotFound', 'vol-0123456789abcdef0', two)
    await refused('InvalidInstanceID.NotFound', shared, 'i-0123456789abcdef0')
    await refused('InvalidParameterValue', shared, two, '/dev/nvme1n1')
    await refused('InvalidParameterValue', shared, two, '/dev/xvda')
    const other = await volume()
    await refused('InvalidParameterValue', other, one, '/dev/sdf')
  })

  it('refuses a Multi-Attach volume on an instance that is not Nitro, and one beyond the sixteenth', async () => {
    const { volume, attach, launch } = freshLab()
    const shared = await volume()
    const [old = ''] = await launch(1, { InstanceType: 't2.medium' })
    await expect(attach(shared, old)).rejects.toMatchObject({ name: 'UnsupportedOperation' })
    const [last = '', ...ids] = await launch(17)
    for (const id of ids) await attach(shared, id)
    await expect(attach(shared, last)).rejects.toMatchObject({ name: 'AttachmentLimitExceeded' })
  })

  it('takes one of two attachments of a volume without Multi-Attach that race', async () => {
    const { volume, attach, launch, volumeNow } = freshLab()
    const ids = await launch(2)
    const single = await volume({ MultiAttachEnabled: false })
    const results = await Promise.allSettled(ids.map(id => attach(single, id)))
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await volumeNow(single)).Attachments).toHaveLength(1)
  })

  it('does not count a volume as attached when the machine would not take it', async () => {
    const { volume, attach, launch, volumeNow } = freshLab({
      fail: call => {
        if (call === 'plug') throw new Error('no free slot')
      },
    })
    const [id = ''] = await launch()
    const disk = await volume()
    await expect(attach(disk, id)).rejects.toMatchObject({
      name: 'InternalError',
      message: expect.stringMatching(/no free slot/),
    })
    expect((await volumeNow(disk)).State).toBe('available')
  })

  it('plugs a volume attached to a stopped instance when that starts', async () => {
    const { volume, attach, launch, ec2, driver, bench } = freshLab()
    const [id = ''] = await launch()
    await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
    const disk = await volume()
    await attach(disk, id)
    expect(driver.machines.get(id)?.plugged.size).toBe(0)
    await ec2.send(new StartInstancesCommand({ InstanceIds: [id] }))
    expect([...(bench.driver.machines.get(id)?.plugged ?? [])]).toEqual([disk])
  })
})

describe('DetachVolume and DeleteVolume', () => {
  it('refuse what is not attached, and what is', async () => {
    const { volume, attach, launch, ec2 } = freshLab()
    const [one = '', two = '', three = ''] = await launch(3)
    const id = await volume()
    const detach = (InstanceId?: string) => ec2.send(new DetachVolumeCommand({ VolumeId: id, InstanceId }))
    await expect(detach(one)).rejects.toMatchObject({ name: 'IncorrectState' })
    await attach(id, one)
    await attach(id, two)
    await expect(detach(three)).rejects.toMatchObject({ name: 'InvalidAttachment.NotFound' })
    await expect(detach()).rejects.toMatchObject({ name: 'InvalidParameterCombination' })
    await expect(ec2.send(new DeleteVolumeCommand({ VolumeId: id }))).rejects.toMatchObject({ name: 'VolumeInUse' })
    await detach(one)
    await detach()
    await ec2.send(new DeleteVolumeCommand({ VolumeId: id }))
    await expect(ec2.send(new DeleteVolumeCommand({ VolumeId: id }))).rejects.toMatchObject({
      name: 'InvalidVolume.NotFound',
    })
  })

  it('find a volume free again when its instance was terminated', async () => {
    const { volume, attach, launch, ec2, volumeNow } = freshLab()
    const [id = ''] = await launch()
    const disk = await volume()
    await attach(disk, id)
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
    expect(await volumeNow(disk)).toMatchObject({ State: 'available', Attachments: [] })
  })
})

describe('DescribeVolumes', () => {
  it('filters by tag, state and attachment, and gives pages', async () => {
    const { volume, attach, launch, ec2 } = freshLab()
    const tags = [{ ResourceType: 'volume' as const, Tags: [{ Key: 'star:array', Value: 'star0001' }] }]
    const ids = []
    for (let n = 0; n < 6; n++) ids.push(await volume({ TagSpecifications: tags }))
    await volume()
    const [instance = ''] = await launch()
    await attach(ids[0] ?? '', instance)
    const find = async (Name: string, ...Values: string[]) => {
      const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ Filters: [{ Name, Values }] }))
      return Volumes.map(({ VolumeId }) => VolumeId)
    }
    expect(await find('tag:star:array', 'star0001')).toEqual(ids)
    expect(await find('status', 'in-use')).toEqual([ids[0]])
    expect(await find('attachment.instance-id', instance)).toEqual([ids[0]])
    const first = await ec2.send(new DescribeVolumesCommand({ MaxResults: 5 }))
    const second = await ec2.send(new DescribeVolumesCommand({ MaxResults: 5, NextToken: first.NextToken }))
    expect([first.Volumes?.length, second.Volumes?.length, second.NextToken]).toEqual([5, 2, undefined])
  })
})
