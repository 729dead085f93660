/** An image with all packages in it: made, used, made again, broken at every step, and removed. */
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import type { GroupRecord, ImageRecord, InstanceRecord } from '../../infra/local/ec2-records.ts'
import type { Result } from '../../infra/local/engine.ts'
import { breaker, killedAt, openLab, seen } from './array-lab.ts'
import { untried } from './coverage.ts'
import { failing, type Lab, type LabOptions } from './lab.ts'

interface Made {
  image: string
  imageId: string
  changed: boolean
  removed: string[]
}

const prepare = async (lab: Lab, input: object = {}) => {
  const result = await lab.run('prepare-image', input)
  expect(result).toMatchObject({ status: 'SUCCEEDED' })
  return result.output as Made
}
const images = ({ cloud }: Lab) => cloud.store.list<ImageRecord>('image')

/** What should not be there when nobody is at work, but the images themselves. */
function left({ cloud, machines }: Lab): string[] {
  const { store } = cloud
  const used = store.list<ImageRecord>('image').map(({ snapshot }) => snapshot)
  const alive = store.list<InstanceRecord>('instance').filter(({ state }) => state !== 'terminated')
  return [
    ...alive.map(({ id, state }) => `${id} ${state}`),
    ...machines.machines.keys(),
    ...store.list<GroupRecord>('group').map(({ name }) => name),
    ...store
      .list<ImageRecord>('image')
      .flatMap(({ name, state }) => (state === 'available' ? [] : [`${name} ${state}`])),
    ...store.list<{ id: string }>('snapshot').flatMap(({ id }) => (used.includes(id) ? [] : [id])),
    ...store.list<{ name: string }>('parameter').map(({ name }) => name),
  ]
}

/** Another system, or other packages: the image gets another name. */
const otherRecipe: LabOptions['faults'] = {
  DescribeDocument: (_, count) => ({ Document: { Hash: `recipe ${count}` } }),
}

describe('star image', () => {
  test('is made of one instance, which is gone in the end; nothing else is left', async () => {
    const calls: Record<string, Record<string, unknown>[]> = {}
    const note = (name: string) => (input: Record<string, unknown>) => {
      calls[name] = [...(calls[name] ?? []), input]
    }
    const noted = Object.fromEntries(['RunInstances', 'CreateSecurityGroup'].map(name => [name, note(name)]))
    const lab = openLab({ faults: noted })

    const { image, imageId, changed, removed } = await prepare(lab)

    expect(image).toMatch(/^star-debian-12-[0-9a-f]{12}$/)
    expect({ changed, removed }).toEqual({ changed: true, removed: [`${image}-builder`, 'star-image'] })
    expect(left(lab)).toEqual([])
    expect(images(lab)).toMatchObject([{ id: imageId, name: image, state: 'available' }])
    const base = { 'star:base': 'self/star-node-debian-12-*' }
    const tags = { Name: image, 'star:image': 'debian-12', 'star:role': 'image', 'star:node': image }
    expect(images(lab)[0]?.tags).toEqual({ ...tags, ...base })
    expect(lab.cloud.store.list('snapshot')).toMatchObject([{ tags }])
    expect(lab.nodes.names()).toEqual(['prepare-image '])
    const [launch, ...more] = calls.RunInstances ?? []
    expect(more).toEqual([])
    expect(launch).toMatchObject({
      MetadataOptions: { HttpTokens: 'required' },
      BlockDeviceMappings: [{ Ebs: { Encrypted: true } }],
      InstanceInitiatedShutdownBehavior: 'terminate',
      InstanceType: 't3a.medium',
    })
    expect(launch).not.toHaveProperty('KeyName')
    expect(calls.CreateSecurityGroup).toHaveLength(1)
  })

  test('that is there already is left alone; nothing is launched for it', async () => {
    const lab = openLab()
    const first = await prepare(lab)
    const second = await prepare(lab)

    expect(second).toEqual({ ...first, changed: false, removed: [] })
    expect(lab.counts.get('RunInstances')).toBe(1)
    expect(lab.cloud.isEmpty()).toBe(false)
  })

  test('is what new nodes are launched from, and it goes into no array’s way', async () => {
    const lab = openLab()
    const { imageId } = await prepare(lab)
    expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })

    const { Reservations = [] } = await lab.cloud.ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'tag-key', Values: ['star:array'] }] }),
    )
    const used = Reservations.flatMap(({ Instances = [] }) => Instances.map(({ ImageId }) => ImageId))
    expect(used).toEqual([imageId, imageId, imageId])
    expect(await lab.run('teardown-array', { array: 'star0001' })).toMatchObject({ status: 'SUCCEEDED' })
    expect(images(lab)).toHaveLength(1)
    expect(left(lab)).toEqual([])
  })

  test('older ones go only if that is asked for, with their snapshots', async () => {
    const lab = openLab({ faults: otherRecipe })
    const made: string[] = []
    for (let i = 0; i < 3; i++) {
      made.push((await prepare(lab)).image)
      await lab.clock.sleep(60_000)
    }
    expect(new Set(made).size).toBe(3)
    expect(images(lab)).toHaveLength(3)

    const { image, removed } = await prepare(lab, { keep: 2 })

    expect(images(lab).map(({ name }) => name)).toEqual([made[2], image])
    expect(removed).toEqual(expect.arrayContaining([made[0], made[1]]))
    expect(lab.cloud.store.list('snapshot')).toHaveLength(2)
    expect(left(lab)).toEqual([])
  })

  test('stands where and on what it is told to', async () => {
    const launches: Record<string, unknown>[] = []
    const lab = openLab({ faults: { RunInstances: input => void launches.push(input) } })
    await prepare(lab, { instanceType: 'm5.large' })
    expect(launches).toMatchObject([{ InstanceType: 'm5.large' }])
    const refused = await lab.run('prepare-image', { subnet: 'subnet-0123456789abcdef0' })
    expect(refused).toMatchObject({
      error: 'RequestRejected',
      cause: expect.stringContaining('there is no such subnet'),
    })
  })
})

describe('one at a time', () => {
  test('a second one is told who makes the image, and an array may be built beside it', async () => {
    const lab = openLab()
    const first = lab.run('prepare-image', {}, { name: 'first' })
    await lab.clock.sleep(5_000)
    expect(await lab.run('prepare-image', {})).toMatchObject({
      error: 'ArrayBusy',
      cause: expect.stringMatching(/^the image of nodes is being changed by prepare-image since .*:first\)$/),
    })
    expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })
    expect(await first).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('a lock that somebody else is writing is tried again', async () => {
    const lab = openLab({
      faults: { PutParameter: (_, count) => (count === 1 ? failing('TooManyUpdates')() : undefined) },
    })
    await prepare(lab)
  })
})

describe('after a failure nothing is left', () => {
  const answer = (document: string, exitCode: number): LabOptions['replies'] => ({
    [document]: () => ({ exitCode, stderr: 'no room\n' }),
  })
  test.each<[string, LabOptions, Partial<Result>]>([
    [
      'of the plan',
      { faults: { DescribeDocument: failing('InvalidDocument', 'no recipe') } },
      { error: 'InvalidDocument' },
    ],
    ['of a recipe without a hash', { faults: { DescribeDocument: () => ({}) } }, { error: 'CloudRefused' }],
    ['of the launch', { faults: { RunInstances: failing('VcpuLimitExceeded', 'no') } }, { error: 'VcpuLimitExceeded' }],
    [
      'for want of room',
      { faults: { RunInstances: failing('InsufficientInstanceCapacity') } },
      { error: 'InsufficientInstanceCapacity' },
    ],
    ['of the document', { replies: answer('prepare-image', 1) }, { error: 'DocumentFailed' }],
    [
      'of the agent, which never answers',
      { driver: { bootMs: Number.POSITIVE_INFINITY } },
      { error: 'DeadlineExceeded' },
    ],
    [
      'of the stop',
      { faults: { StopInstances: failing('UnauthorizedOperation', 'no') } },
      { error: 'UnauthorizedOperation' },
    ],
    [
      'of the call for the image',
      { faults: { CreateImage: failing('AMIQuotaExceeded', 'no') } },
      { error: 'AMIQuotaExceeded' },
    ],
    ['of a call that makes none', { faults: { CreateImage: () => ({}) } }, { error: 'CloudRefused' }],
    [
      'of the image itself',
      {
        driver: {
          fail: call => {
            if (call === 'saveImage') throw new Error('the disk is full')
          },
        },
      },
      { error: 'CloudRefused', cause: expect.stringContaining('failed: the disk is full') as never },
    ],
    [
      'of an event that cannot be sent',
      { faults: { PutEvents: failing('InternalException') } },
      { error: 'InternalException' },
    ],
  ])('%s', async (_, options, end) => {
    const lab = openLab(options)
    const told = lab.counts.get('PutEvents') ?? 0

    expect(await lab.run('prepare-image', {})).toMatchObject({ status: 'FAILED', ...end })

    expect(left(lab)).toEqual([])
    expect(lab.counts.get('PutEvents')).toBeGreaterThan(told)
  })

  test('of an input that is none; nothing was locked', async () => {
    const lab = openLab()
    expect(await lab.run('prepare-image', { keep: 0, packages: [] })).toMatchObject({
      error: 'RequestRejected',
      cause: expect.stringMatching(/keep: must be 1 or more[\s\S]*packages: unknown field/),
    })
    expect(left(lab)).toEqual([])
  })

  test('an undo that fails is told beside the first cause, and the lock is let go', async () => {
    const lab = openLab({
      faults: {
        CreateImage: failing('AMIQuotaExceeded', 'no more images'),
        TerminateInstances: failing('UnauthorizedOperation', 'not yours'),
      },
    })
    const { error, cause } = await lab.run('prepare-image', {})
    expect(error).toBe('AMIQuotaExceeded')
    expect(cause).toBe('no more images\nand then the undo failed: UnauthorizedOperation: not yours')
    expect(left(lab).filter(what => what.startsWith('/star'))).toEqual([])
  })

  test('a builder that somebody removes ends the operation', async () => {
    const lab: Lab = openLab({
      replies: {
        'prepare-image': machine => {
          const record = lab.cloud.store.get<InstanceRecord>('instance', machine.id)
          lab.cloud.store.put('instance', machine.id, { ...record, tags: {} })
          return undefined
        },
      },
    })
    expect(await lab.run('prepare-image', {})).toMatchObject({
      error: 'CloudRefused',
      cause: expect.stringContaining('is gone'),
    })
  })

  test('what cannot be tidied away fails the operation, but not the image', async () => {
    const stuck = breaker()
    const lab = openLab({ faults: { DeleteSecurityGroup: () => (stuck.armed() ? failing('Unwell')() : undefined) } })
    stuck.arm(99)
    expect(await lab.run('prepare-image', {})).toMatchObject({ error: 'Unwell' })
    expect(images(lab)).toHaveLength(1)
    stuck.arm(0)
    expect(await prepare(lab)).toMatchObject({ changed: false, removed: ['star-image'] })
    expect(left(lab)).toEqual([])
  })

  test('one that cannot be reported says the first cause', async () => {
    const crashes = { 'end-operation': failing('Lambda.Unknown') }
    const lab = openLab({ crashes, faults: { CreateImage: failing('AMIQuotaExceeded', 'no') } })
    expect(await lab.run('prepare-image', {})).toMatchObject({ status: 'FAILED', error: 'AMIQuotaExceeded' })
  })
})

describe('what is slow to show', () => {
  test('room, a group, a name: each is waited for', async () => {
    const lab = openLab({
      faults: {
        RunInstances: (_, count) => {
          if (count === 1) failing('InvalidGroup.NotFound')()
          if (count === 2) failing('InsufficientInstanceCapacity')()
        },
        CreateImage: (_, count) => (count === 1 ? failing('InvalidAMIName.Duplicate')() : undefined),
      },
    })
    await prepare(lab)
    expect(left(lab)).toEqual([])
  })

  test('an image that EC2 does not list yet is not made twice', async () => {
    let hidden = 2
    const lab: Lab = openLab({
      faults: {
        DescribeImages: ({ Owners, Filters }) =>
          images(lab).length > 0 && JSON.stringify({ Owners, Filters }).includes('star:image') && hidden-- > 0
            ? { Images: [] }
            : undefined,
      },
    })
    await prepare(lab)
    expect(images(lab)).toHaveLength(1)
  })
})

describe('cut off', () => {
  test('at any of its steps, the next one completes it, with nothing left and nothing made twice', {
    timeout: 60_000,
  }, async () => {
    const whole = openLab()
    let steps = 0
    await whole.run('prepare-image', {}, { onEvent: ({ kind }) => void (kind === 'state-entered' && steps++) })
    expect(steps).toBeGreaterThan(40)
    for (let step = 1; step <= steps; step++) {
      const lab = openLab()
      await killedAt(lab, step, 'prepare-image', {})
      await prepare(lab)
      expect([step, left(lab), images(lab).length]).toEqual([step, [], 1])
      expect(lab.counts.get('RunInstances')).toBeLessThanOrEqual(2)
    }
  })

  test('while its machine stops, or its image was being made: it goes on from there', async () => {
    const lab = openLab()
    const abort = new AbortController()
    await lab.run(
      'prepare-image',
      {},
      {
        signal: abort.signal,
        onEvent: ({ kind, state }) => {
          if (kind === 'state-entered' && state === 'ImageAvailable') abort.abort()
        },
      },
    )
    const [image] = images(lab)
    lab.cloud.store.put('image', image?.id ?? '', { ...image, state: 'pending', worker: 'gone' })

    expect(await prepare(lab)).toMatchObject({ changed: true })
    expect(images(lab)).toMatchObject([{ state: 'available' }])
    expect(left(lab)).toEqual([])
  })
})

test('no state, no catch and no retry was left out', () => {
  expect(untried(seen, 'prepare-image.test.ts')).toEqual({ states: [], catches: [], retries: [] })
})
