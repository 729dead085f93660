import { CreateTagsCommand, DescribeInstancesCommand } from '@aws-sdk/client-ec2'
import type { Context } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { handler as createGroups } from '../../functions/create-groups.ts'
import { handler as findPlace } from '../../functions/find-place.ts'
import { handler as makeResources } from '../../functions/make-resources.ts'
import { useClients } from '../../functions/shared/clients.ts'
import { useClock } from '../../functions/shared/clock.ts'
import { findDisks, findNodes } from '../../functions/shared/picture.ts'
import { acceptRequest } from '../../functions/shared/request.ts'
import { attachment as attachmentWork } from '../../functions/shared/resources/attachment.ts'
import { disk as diskWork, type WantedDisk } from '../../functions/shared/resources/disk.ts'
import { instance as instanceWork, type WantedInstance } from '../../functions/shared/resources/instance.ts'
import { advance, begin, type Work } from '../../functions/shared/resources/making.ts'
import type { Making } from '../../functions/shared/shapes.ts'
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
  const array = 'star0001'
  const step = (work: Work, was: Partial<Making>) => advance(work, { ...begin(work), ...was })
  const instance = async (was: Partial<Making> = {}, more: Partial<WantedInstance> = {}, by = execution) => {
    const wanted = { array, name: 'n1', role: 'host' as const, instanceType: 't3a.medium', groupId: groups.hosts }
    return await step(instanceWork({ ...wanted, ...more }, { execution: by, place }, await findNodes(array)), was)
  }
  const disk = async (more: Partial<WantedDisk> = {}, by = execution) => {
    const wanted = { array, zone: request.zone, name: 'd1', sizeGiB: 10, type: 'io2' as const, iops: 100 }
    return await step(diskWork({ ...wanted, ...more }, by, await findDisks(array)), {})
  }
  const attachment = async (was: Partial<Making> = {}) => {
    const wanted = { array, disk: 'd1', controller: 'n1', place: 0 }
    return await step(attachmentWork(wanted, execution, await findNodes(array), await findDisks(array)), was)
  }
  /** The only one there is. */
  const instanceId = () => [...lab.machines.machines.keys()][0] ?? ''
  return { ...lab, place, groups, instance, disk, attachment, instanceId }
}

describe('an instance', () => {
  describe('in a placement group', () => {
    const inGroup = { placementGroup: 'star-star0001' }
    const groupOf = async ({ cloud, instanceId }: Awaited<ReturnType<typeof openLab>>) => {
      const { Reservations } = await cloud.ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId()] }))
      return Reservations?.[0]?.Instances?.[0]?.Placement?.GroupName
    }

    test('is launched into it', async () => {
      const lab = await openLab()
      await lab.instance({}, inGroup)

      expect(await groupOf(lab)).toBe('star-star0001')
    })

    test.each(['InsufficientInstanceCapacity', 'Unsupported'])('%s: the next call goes without it', async error => {
      const lab = await openLab({
        faults: {
          RunInstances: ({ Placement }) => {
            if (Placement) throw refusal(error)
          },
        },
      })
      const refused = await lab.instance({}, inGroup)
      expect(refused).toMatchObject({ alone: true, troubles: 0, notBefore: lab.clock.now() + 1_000 })
      expect(refused.ended).toBeUndefined()
      expect(lab.machines.machines.size).toBe(0)

      await lab.clock.sleep(1_000)
      let is = await lab.instance(refused, inGroup)
      while (is.ended === undefined) is = await lab.instance(is, inGroup)

      expect(is.failure).toBeUndefined()
      expect(lab.machines.machines.size).toBe(1)
      expect(await groupOf(lab)).toBe('')
    })

    test('what was refused in it and has room later is still one instance, seen or not', async () => {
      let room = false
      const { instance, machines, clock } = await openLab({
        faults: {
          DescribeInstances: () => ({ Reservations: [] }),
          RunInstances: ({ Placement }) => {
            if (Placement && !room) throw refusal('InsufficientInstanceCapacity')
          },
        },
      })
      const refused = await instance({}, inGroup)
      await clock.sleep(1_000)
      const first = await instance(refused, inGroup)
      room = true
      await instance(first, inGroup)

      expect(machines.machines.size).toBe(1)
    })

    test('a group that EC2 does not know yet is waited for', async () => {
      let name = 'InvalidPlacementGroup.Unknown'
      const { instance, clock } = await openLab({
        faults: {
          RunInstances: () => {
            throw refusal(name)
          },
        },
      })
      const waiting = await instance({}, inGroup)
      expect(waiting).toMatchObject({ since: clock.now() })
      expect(waiting.ended).toBeUndefined()
      name = 'VcpuLimitExceeded'
      expect((await instance({}, inGroup)).failure).toMatchObject({ Error: name })
    })
  })

  test('EC2 has no room for is asked for again, later each time, and four times at most', async () => {
    const { instance, clock } = await openLab({
      faults: {
        RunInstances: () => {
          throw refusal('InsufficientInstanceCapacity')
        },
      },
    })
    let is = await instance()
    const pauses = []
    while (is.ended === undefined) {
      pauses.push(((is.notBefore ?? 0) - clock.now()) / 1_000)
      // Not a moment earlier.
      expect(await instance(is)).toEqual(is)
      await clock.sleep((is.notBefore ?? 0) - clock.now())
      is = await instance(is)
    }

    expect(pauses).toEqual([15, 30, 60, 120])
    expect(is.failure).toMatchObject({ Error: 'InsufficientInstanceCapacity' })
  })

  test('that may not be asked for yet is asked for again, each at times of its own, for most of an hour', async () => {
    const { instance, clock } = await openLab({
      faults: {
        RunInstances: () => {
          throw Object.assign(refusal('RequestLimitExceeded'), { $metadata: { httpStatusCode: 503 } })
        },
      },
    })
    const began = clock.now()
    let is = await instance()
    const pauses: number[] = []
    while (is.ended === undefined) {
      pauses.push(((is.notBefore ?? 0) - clock.now()) / 1_000)
      await clock.sleep((is.notBefore ?? 0) - clock.now())
      is = await instance(is)
    }
    const other = await instance({}, { name: 'n2' })

    expect(is.failure).toMatchObject({ Error: 'CloudThrottled' })
    expect((clock.now() - began) / 60_000).toBeCloseTo(50, -0.5)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(60)
    expect(new Set(pauses.map(Math.round)).size).toBeGreaterThan(20)
    expect(other.notBefore).not.toBe(clock.now() + (pauses[0] ?? 0) * 1_000)
  })

  test('is launched once, waited for until it runs, and found again', async () => {
    const { instance, machines } = await openLab()

    const first = await instance()
    const second = await instance(first)
    const later = await instance({}, {}, `${execution}-later`)

    expect([first, second, later].map(({ ended }) => ended !== undefined)).toEqual([false, true, true])
    expect(machines.machines.size).toBe(1)
  })

  test('that its tags do not show yet is not launched twice', async () => {
    const { instance, machines } = await openLab({ faults: { DescribeInstances: () => ({ Reservations: [] }) } })

    await instance(await instance())

    expect(machines.machines.size).toBe(1)
  })

  test('that is stopped is started', async () => {
    const { instance, instanceId, machines } = await openLab()
    await instance(await instance())
    machines.cut(instanceId())

    const found = await instance()

    expect(found.ended).toBeUndefined()
    expect(machines.machines.get(instanceId())?.state).toBe('running')
  })

  test('that ended at once is not waited for', async () => {
    const ended = { InstanceId: 'i-1', State: { Name: 'terminated' }, StateReason: { Message: 'Client.InternalError' } }
    const { instance } = await openLab({ faults: { RunInstances: () => ({ Instances: [ended] }) } })

    expect((await instance()).failure?.Cause).toBe('n1 (i-1) ended at once: Client.InternalError')
  })

  test('that never runs ends in a deadline', async () => {
    const { instance, clock } = await openLab({
      faults: { RunInstances: () => ({ Instances: [{ InstanceId: 'i-1', State: { Name: 'pending' } }] }) },
    })
    const first = await instance()
    await clock.sleep(300_000)

    expect((await instance(first)).failure?.Cause).toBe('waited 300 s for n1 (i-1) to be running')
  })

  test('is not chosen from two of one name', async () => {
    const { instance, instanceId, cloud } = await openLab()
    await instance({}, { name: 'n2' })
    const Tags = [{ Key: 'star:node', Value: 'n1' }]
    await cloud.ec2.send(new CreateTagsCommand({ Resources: [instanceId()], Tags }))
    await instance({}, { name: 'n2' }, `${execution}-2`)
    const [, other = ''] = (await findNodes('star0001')).map(node => node.instanceId)
    await cloud.ec2.send(new CreateTagsCommand({ Resources: [other], Tags }))

    expect((await instance()).failure?.Cause).toContain('2 resources carry the tag star:node=n1')
  })
})

describe('a disk', () => {
  test('is made once and attached once', async () => {
    const { instance, instanceId, disk, attachment, counts } = await openLab()
    await disk()
    const made = await disk()
    await instance(await instance())

    const first = await attachment()
    const again = await attachment(first)

    expect([made, first, again].map(({ ended }) => ended !== undefined)).toEqual([true, false, true])
    expect(counts.get('AttachVolume')).toBe(1)
    expect(await findDisks('star0001')).toMatchObject([
      { attachments: [{ instanceId: instanceId(), state: 'attached' }] },
    ])
  })

  test('of another size under this name is nobody’s to use', async () => {
    const { disk } = await openLab()
    await disk()

    expect((await disk({ sizeGiB: 20 }, `${execution}-2`)).failure).toMatchObject({
      Error: 'CloudRefused',
      Cause: expect.stringContaining('is 10 GiB of io2, not 20 GiB of io2'),
    })
  })

  test.each(['InvalidVolume.NotFound', 'InvalidInstanceID.NotFound', 'IncorrectState'])(
    '%s right after creation is waited out',
    async name => {
      const { instance, disk, attachment } = await openLab({
        faults: {
          AttachVolume: () => {
            throw refusal(name)
          },
        },
      })
      await disk()
      await instance()

      expect(await attachment()).toMatchObject({ since: expect.any(Number), troubles: 0 })
    },
  )

  test('that is not seen yet is waited for, as its controller is', async () => {
    const { disk, attachment } = await openLab()
    expect((await attachment()).since).toBeDefined()
    await disk()
    expect(await attachment()).toMatchObject({ since: expect.any(Number), troubles: 0 })
  })

  test('that is in use elsewhere is a refusal', async () => {
    const { instance, disk, attachment } = await openLab({
      faults: {
        AttachVolume: () => {
          throw refusal('VolumeInUse', 'attached to i-other')
        },
      },
    })
    await disk()
    await instance()

    expect((await attachment()).failure?.Cause).toBe('attached to i-other')
  })
})

describe('make-resources', () => {
  const given = async (lab: Awaited<ReturnType<typeof openLab>>) => ({
    ...{ request, place: lab.place, groups: lab.groups, execution },
  })

  test('asks for all at once, ties them when they are there, and makes nothing twice', async () => {
    const lab = await openLab()
    let made = await makeResources({ given: await given(lab) }, context)
    expect(made.items.map(({ step }) => step)).toEqual([
      ...Array(3).fill('create-instance'),
      ...Array(2).fill('create-disk'),
    ])
    while (!made.ready) {
      await lab.clock.sleep(made.seconds * 1_000)
      made = await makeResources({ given: { ...(await given(lab)), made } }, context)
    }

    const counts = ['RunInstances', 'CreateVolume', 'AttachVolume', 'CreateTags'].map(call => lab.counts.get(call))
    expect(counts).toEqual([3, 2, 4, 2])
  })

  test('does not wait for what it may not ask for yet once something else has failed', async () => {
    const lab = await openLab({
      faults: {
        RunInstances: () => {
          throw refusal('ThrottlingException')
        },
        CreateVolume: () => {
          throw refusal('VolumeLimitExceeded')
        },
      },
    })

    expect(await makeResources({ given: await given(lab) }, context)).toMatchObject({ ready: false, failed: true })
  })

  test('fails when nothing is in the making any more, and ties nothing then', async () => {
    let state = 'pending'
    const pending = () => ({ Instances: [{ InstanceId: 'i-1', State: { Name: state } }] })
    const lab = await openLab({
      faults: {
        RunInstances: pending,
        CreateVolume: () => {
          throw refusal('VolumeLimitExceeded')
        },
      },
    })
    const first = await makeResources({ given: await given(lab) }, context)
    expect(first).toMatchObject({ ready: false, failed: false })
    state = 'running'
    const last = await makeResources({ given: { ...(await given(lab)), made: first } }, context)
    expect(last).toMatchObject({ ready: false, failed: true })
    expect(last.items.map(({ failure }) => failure?.Error)).toEqual([
      ...Array(3).fill(undefined),
      ...Array(2).fill('VolumeLimitExceeded'),
    ])
    expect(lab.counts.get('AttachVolume')).toBeUndefined()
  })
})
