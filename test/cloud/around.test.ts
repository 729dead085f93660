import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeInstanceTypesCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  GetConsoleOutputCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'
import { freshLab } from './fresh.ts'

describe('tags', () => {
  it('are added, replaced and taken away, on all resources named or on none', async () => {
    const { launch, volume, ec2, instance } = freshLab()
    const [id = ''] = await launch()
    const disk = await volume()
    await ec2.send(
      new CreateTagsCommand({
        Resources: [id, disk],
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    )
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'a', Value: '3' }] }))
    await ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: 'b' }, { Key: 'a', Value: 'other' }] }))
    expect((await instance(id)).Tags).toEqual([{ Key: 'a', Value: '3' }])
    const missing = new CreateTagsCommand({ Resources: [id, 'vol-0123456789abcdef0'], Tags: [{ Key: 'c', Value: '' }] })
    await expect(ec2.send(missing)).rejects.toMatchObject({ name: 'InvalidVolume.NotFound' })
    const { Tags } = await ec2.send(
      new DescribeTagsCommand({ Filters: [{ Name: 'resource-type', Values: ['instance'] }] }),
    )
    expect(Tags).toEqual([{ ResourceId: id, ResourceType: 'instance', Key: 'a', Value: '3' }])
  })
})

describe('the cloud around instances', () => {
  it('has a default subnet in one zone', async () => {
    const { ec2 } = freshLab()
    const inZone = (zone: string) =>
      ec2.send(
        new DescribeSubnetsCommand({
          Filters: [
            { Name: 'availability-zone', Values: [zone] },
            { Name: 'default-for-az', Values: ['true'] },
          ],
        }),
      )
    expect((await inZone('ap-northeast-1d')).Subnets).toHaveLength(1)
    expect((await inZone('ap-northeast-1a')).Subnets).toEqual([])
  })

  it('knows what an instance type is', async () => {
    const { ec2 } = freshLab()
    const { InstanceTypes } = await ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: ['t3a.medium'] }))
    expect(InstanceTypes?.[0]).toMatchObject({
      Hypervisor: 'nitro',
      VCpuInfo: { DefaultVCpus: 2 },
      MemoryInfo: { SizeInMiB: 4096 },
    })
  })

  it('says so when it does not know a command', async () => {
    const { ec2 } = freshLab()
    const unknown = ec2.send(new GetConsoleOutputCommand({ InstanceId: 'i-0123456789abcdef0' }))
    await expect(unknown).rejects.toMatchObject({
      name: 'UnsupportedOperation',
      message: expect.stringMatching(/GetConsoleOutput/),
    })
  })
})
