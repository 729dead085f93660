import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  DescribePlacementGroupsCommand,
  DescribeSecurityGroupsCommand,
} from '@aws-sdk/client-ec2'
import type { Context } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { handler as attachDisk } from '../../functions/attach-disk.ts'
import { handler as createDisk } from '../../functions/create-disk.ts'
import { handler as createGroups } from '../../functions/create-groups.ts'
import { handler as createInstance } from '../../functions/create-instance.ts'
import { handler as findPlace } from '../../functions/find-place.ts'
import { useClients } from '../../functions/shared/clients.ts'
import { useClock } from '../../functions/shared/clock.ts'
import { listVolumes } from '../../functions/shared/ec2.ts'
import { clientToken, deviceName } from '../../functions/shared/names.ts'
import { findDisks } from '../../functions/shared/picture.ts'
import { acceptRequest } from '../../functions/shared/request.ts'
import { send } from '../../functions/shared/run-command.ts'
import { type LabOptions, openLab as open, refusal } from '../statemachines/lab.ts'

const context = {} as Context
const request = acceptRequest({})
const execution = 'arn:aws:states:r:1:execution:m:one'

async function openLab(options: LabOptions = {}) {
  const lab = open({ ...options, cloud: { eventual: false, ...options.cloud } })
  useClients(lab.cloud)
  useClock(lab.clock.now)
  const place = await findPlace({ request }, context)
  const groups = await createGroups({ request, place }, context)
  const item = { kind: 'instance', role: 'host', instanceType: 't3a.medium', groupId: groups.hosts }
  const instance = async (watch = {}, by = execution, node = 'n1', more = {}) => {
    const event = { array: 'star0001', execution: by, place, item: { ...item, ...more, node }, watch }
    const { instanceId = '', ...answer } = await createInstance(event, context)
    return { ...answer, instanceId }
  }
  const disk = (change = {}, by = execution) =>
    createDisk(
      {
        ...{ array: 'star0001', execution: by, watch: {} },
        item: { kind: 'disk', disk: 'd1', zone: request.zone, sizeGiB: 10, type: 'io2', iops: 100, ...change },
      },
      context,
    )
  return { ...lab, place, groups, instance, disk }
}

describe('find-place', () => {
  test('the newest image of the owner with the name counts', async () => {
    const image = (ImageId: string, CreationDate: string) => ({ ImageId, CreationDate, RootDeviceName: '/dev/xvda' })
    const Images = [
      image('ami-1', '2024-05-01T00:00:00.000Z'),
      image('ami-3', '2026-01-01T00:00:00.000Z'),
      image('ami-2', '2025-01-01T00:00:00.000Z'),
    ]
    const { place } = await openLab({ faults: { DescribeImages: () => ({ Images }) } })

    expect(place).toMatchObject({
      imageId: 'ami-3',
      rootDevice: '/dev/xvda',
      subnetId: expect.stringMatching(/^subnet-/),
    })
  })

  test('an image of ours goes first: the newest that was made of what is published under that name', async () => {
    const image = (ImageId: string, base: string, CreationDate: string, State = 'available') => ({
      ...{ ImageId, CreationDate, State, RootDeviceName: '/dev/xvda' },
      Tags: [
        { Key: 'star:image', Value: 'debian-12' },
        { Key: 'star:base', Value: base },
      ],
    })
    const ours = 'self/star-node-debian-12-*'
    const Images = [
      image('ami-old', ours, '2026-01-01T00:00:00.000Z'),
      image('ami-new', ours, '2026-02-01T00:00:00.000Z'),
      image('ami-made-of-another', '792107900819/Rocky-9-*', '2026-03-01T00:00:00.000Z'),
      image('ami-half-made', ours, '2026-04-01T00:00:00.000Z', 'pending'),
    ]
    const isOwn = ({ Filters }: Record<string, unknown>) => JSON.stringify(Filters).includes('star:image')
    const { place } = await openLab({
      faults: { DescribeImages: input => (isOwn(input) ? { Images } : undefined) },
    })

    expect(place.imageId).toBe('ami-new')
  })

  test.each([
    [
      'no such subnet',
      {
        SubnetIds: () => {
          throw refusal('InvalidSubnetID.NotFound')
        },
      },
      /there is no such subnet/,
    ],
    [
      'a subnet of another zone',
      { SubnetIds: () => ({ Subnets: [{ AvailabilityZone: 'ap-northeast-1a' }] }) },
      /must lie in the array's zone/,
    ],
  ])('refuses %s', async (_, { SubnetIds }, rule) => {
    await openLab({ faults: { DescribeSubnets: input => (input.SubnetIds ? SubnetIds() : undefined) } })
    const named = acceptRequest({ subnet: 'subnet-0123456789abcdef0' })

    await expect(findPlace({ request: named }, context)).rejects.toMatchObject({
      name: 'RequestRejected',
      message: expect.stringMatching(rule),
    })
  })

  test('a zone without a default subnet wants one to be said', async () => {
    await openLab()
    const elsewhere = acceptRequest({ zone: 'ap-northeast-1z' })

    await expect(findPlace({ request: elsewhere }, context)).rejects.toThrow(
      'subnet: must be said: ap-northeast-1z has no default subnet',
    )
  })
})

test('security groups are made once, whoever asks again', async () => {
  const { cloud, groups, place } = await openLab()

  expect(await createGroups({ request, place }, context)).toEqual(groups)
  const { SecurityGroups = [] } = await cloud.ec2.send(
    new DescribeSecurityGroupsCommand({ GroupIds: [groups.controllers, groups.hosts] }),
  )
  expect(
    SecurityGroups.map(({ IpPermissions }) => IpPermissions?.flatMap(rule => rule.UserIdGroupPairs ?? []).length),
  ).toEqual([4, 0])
})

test('the placement group is made once, spread over racks; one on its way in or out is waited for', async () => {
  let State: string | undefined
  const seen = () => ({ PlacementGroups: State === 'hidden' ? [] : [{ State }] })
  const { cloud, place } = await openLab({ faults: { DescribePlacementGroups: () => (State ? seen() : undefined) } })
  await createGroups({ request, place }, context)

  const { PlacementGroups } = await cloud.ec2.send(new DescribePlacementGroupsCommand({}))
  expect(PlacementGroups).toMatchObject([{ GroupName: 'star-star0001', Strategy: 'spread', SpreadLevel: 'rack' }])
  for (State of ['pending', 'deleting', 'hidden']) {
    await expect(createGroups({ request, place }, context)).rejects.toMatchObject({ name: 'NotYetVisible' })
  }
})

describe('create-instance', () => {
  describe('in a placement group', () => {
    const inGroup = { placementGroup: 'star-star0001' }
    const groupOf = async ({ cloud }: Awaited<ReturnType<typeof openLab>>, id: string) => {
      const { Reservations } = await cloud.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))
      return Reservations?.[0]?.Instances?.[0]?.Placement?.GroupName
    }

    test('is launched into it', async () => {
      const lab = await openLab()
      const { instanceId } = await lab.instance({}, execution, 'n1', inGroup)

      expect(await groupOf(lab, instanceId)).toBe('star-star0001')
    })

    test.each(['InsufficientInstanceCapacity', 'Unsupported'])('%s: the next call goes without it', async error => {
      const lab = await openLab({
        faults: {
          RunInstances: ({ Placement }) => {
            if (Placement) throw refusal(error)
          },
        },
      })
      const refused = await lab.instance({ since: lab.clock.now() }, execution, 'n1', inGroup)
      expect(refused).toMatchObject({ ready: false, watch: { alone: true } })
      expect(lab.machines.machines.size).toBe(0)

      const ids = [await lab.instance(refused.watch, execution, 'n1', inGroup)]
      while (!ids.at(-1)?.ready) ids.push(await lab.instance(ids.at(-1)?.watch, execution, 'n1', inGroup))

      expect(new Set(ids.map(({ instanceId }) => instanceId)).size).toBe(1)
      expect(await groupOf(lab, ids[0]?.instanceId ?? '')).toBe('')
    })

    test('what was refused in it and has room later is still one instance, seen or not', async () => {
      let room = false
      const { instance, machines } = await openLab({
        faults: {
          DescribeInstances: () => ({ Reservations: [] }),
          RunInstances: ({ Placement }) => {
            if (Placement && !room) throw refusal('InsufficientInstanceCapacity')
          },
        },
      })
      const { watch } = await instance({}, execution, 'n1', inGroup)
      const first = await instance(watch, execution, 'n1', inGroup)
      room = true
      await instance(first.watch, execution, 'n1', inGroup)

      expect(machines.machines.size).toBe(1)
    })

    test('a group that EC2 does not know yet is waited for, and without a group no room is a failure', async () => {
      let name = 'InvalidPlacementGroup.Unknown'
      const { instance, clock } = await openLab({
        faults: {
          RunInstances: () => {
            throw refusal(name)
          },
        },
      })
      expect(await instance({}, execution, 'n1', inGroup)).toMatchObject({
        ready: false,
        watch: { since: clock.now() },
      })
      name = 'VcpuLimitExceeded'
      await expect(instance({}, execution, 'n1', inGroup)).rejects.toMatchObject({ name })
      name = 'InsufficientInstanceCapacity'
      await expect(instance()).rejects.toMatchObject({ name })
    })
  })

  test('launches once, waits until it runs, and finds it again', async () => {
    const { instance, machines } = await openLab()

    const first = await instance()
    const second = await instance(first.watch)
    const later = await instance({}, `${execution}-later`)

    expect([first, second, later].map(({ instanceId }) => instanceId)).toEqual(Array(3).fill(first.instanceId))
    expect([second.ready, later.ready]).toEqual([true, true])
    expect(machines.machines.size).toBe(1)
  })

  test('an instance that its tags do not show yet is not launched twice', async () => {
    const { instance, machines } = await openLab({ faults: { DescribeInstances: () => ({ Reservations: [] }) } })

    const ids = [(await instance()).instanceId, (await instance()).instanceId]

    expect(new Set(ids).size).toBe(1)
    expect(machines.machines.size).toBe(1)
  })

  test('a stopped one is started', async () => {
    const { instance, machines } = await openLab()
    const { instanceId } = await instance()
    await instance()
    machines.cut(instanceId)

    const found = await instance()

    expect(found).toMatchObject({ ready: false, instanceId })
    expect(machines.machines.get(instanceId)?.state).toBe('running')
  })

  test('one that ended at once is not waited for', async () => {
    const ended = { InstanceId: 'i-1', State: { Name: 'terminated' }, StateReason: { Message: 'Client.InternalError' } }
    const { instance } = await openLab({ faults: { RunInstances: () => ({ Instances: [ended] }) } })

    await expect(instance()).rejects.toThrow('n1 (i-1) ended at once: Client.InternalError')
  })

  test('one that never runs ends in a deadline', async () => {
    const { instance, clock } = await openLab({
      faults: { RunInstances: () => ({ Instances: [{ InstanceId: 'i-1', State: { Name: 'pending' } }] }) },
    })
    const { watch } = await instance()
    await clock.sleep(300_000)

    await expect(instance(watch)).rejects.toThrow('waited 300 s for n1 (i-1) to be running')
  })

  test('two of one name are not chosen from', async () => {
    const { instance, cloud } = await openLab()
    await instance()
    const { instanceId } = await instance({}, execution, 'n2')
    await cloud.ec2.send(new CreateTagsCommand({ Resources: [instanceId], Tags: [{ Key: 'star:node', Value: 'n1' }] }))

    await expect(instance()).rejects.toThrow('2 resources carry the tag star:node=n1')
  })
})

describe('create-disk and attach-disk', () => {
  test('make a disk once and attach it once', async () => {
    const { instance, disk, counts } = await openLab()
    await disk()
    const { ready, volumeId } = await disk()
    const { instanceId } = await instance()
    await instance()
    const item = { disk: 'd1', node: 'n1', volumeId, instanceId, device: deviceName(0) }

    await attachDisk({ item, watch: {} }, context)
    const again = await attachDisk({ item, watch: {} }, context)

    expect([ready, again.ready]).toEqual([true, true])
    expect(counts.get('AttachVolume')).toBe(1)
    expect(await findDisks('star0001')).toMatchObject([{ volumeId, attachments: [{ instanceId, state: 'attached' }] }])
  })

  test('a disk of another size under this name is nobody’s to use', async () => {
    const { disk } = await openLab()
    await disk()

    await expect(disk({ sizeGiB: 20 }, `${execution}-2`)).rejects.toMatchObject({
      name: 'CloudRefused',
      message: expect.stringContaining('is 10 GiB of io2, not 20 GiB of io2'),
    })
  })

  test.each(['InvalidVolume.NotFound', 'InvalidInstanceID.NotFound', 'IncorrectState'])(
    '%s right after creation is waited out',
    async name => {
      await openLab({
        faults: {
          AttachVolume: () => {
            throw refusal(name)
          },
        },
      })
      const item = {
        disk: 'd1',
        node: 'n1',
        volumeId: 'vol-00000000000000000',
        instanceId: 'i-00000000000000000',
        device: '/dev/sdf',
      }

      expect(await attachDisk({ item, watch: {} }, context)).toMatchObject({ ready: false })
    },
  )

  test('a volume in use elsewhere is a refusal', async () => {
    const { disk } = await openLab({
      faults: {
        AttachVolume: () => {
          throw refusal('VolumeInUse', 'attached to i-other')
        },
      },
    })
    const { volumeId } = await disk()
    const item = { disk: 'd1', node: 'n1', volumeId, instanceId: 'i-00000000000000000', device: '/dev/sdf' }

    await expect(attachDisk({ item, watch: {} }, context)).rejects.toThrow('attached to i-other')
  })
})

test('a document’s comment fits, whatever the names', async () => {
  const sent: Record<string, unknown>[] = []
  await openLab({
    faults: {
      SendCommand: input => {
        sent.push(input)
        return { Command: { CommandId: 'c' } }
      },
    },
  })
  const run = {
    document: 'STAR-prepare-controller',
    node: 'n'.repeat(63),
    instanceId: 'i-1',
    parameters: { a: 'b' },
    agentSeconds: 1,
  }

  expect(await send({ ...run, document: `STAR-${'x'.repeat(60)}` })).toBe('c')
  expect(String(sent[0]?.Comment).length).toBe(100)
  expect(sent[0]).toMatchObject({ Parameters: { a: ['b'] }, TimeoutSeconds: 120 })
})

test('lists are read to their last page', async () => {
  const pages = [
    { Volumes: [{ VolumeId: 'a' }], NextToken: '1' },
    { Volumes: [], NextToken: '2' },
    { Volumes: [{ VolumeId: 'b' }] },
  ]
  await openLab({ faults: { DescribeVolumes: ({ NextToken }) => pages[Number(NextToken ?? 0)] } })

  expect(await listVolumes({})).toEqual([{ VolumeId: 'a' }, { VolumeId: 'b' }])
})

test('a client token is of one thing in one execution', () => {
  const tokens = [clientToken('e1', 'a'), clientToken('e1', 'b'), clientToken('e2', 'a')]

  expect(new Set(tokens).size).toBe(3)
  expect(clientToken('e1', 'a')).toBe(tokens[0])
})

test('16 disks have 16 device names', () => {
  const names = Array.from({ length: 16 }, (_, i) => deviceName(i))

  expect(new Set(names).size).toBe(16)
  for (const name of names) expect(name).toMatch(/^\/dev\/(sd[f-p]|xvdb[a-z])$/)
})
