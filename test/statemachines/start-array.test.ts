/** start-array: the order, every way to fail, and that the next run goes on from there. */
import { TerminateInstancesCommand } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import type { Inspection } from '../../functions/shared/inspection.ts'
import { breaker, built, killedAt, lockOf, look, machineOf, openLab, seen, worksOf } from './array-lab.ts'
import { untried } from './coverage.ts'
import { failing, type Lab, type LabOptions } from './lab.ts'

const [ctl1, ctl2, host] = ['star0001-ctl1', 'star0001-ctl2', 'instance-1']
const start = (lab: Lab) => lab.run('start-array', { array: 'star0001' })
const healthy = { status: 'SUCCEEDED', output: { inspection: { power: 'running', healthy: true, problems: [] } } }

/** A stopped array, from which on it is noted which instances are started between which documents. */
async function stopped(options: LabOptions = {}, request = {}): Promise<Lab> {
  const lab: Lab = await built(
    {
      ...options,
      faults: {
        ...options.faults,
        StartInstances: (input, count) => {
          const names = [ctl1, ctl2, host, 'instance-2'].filter(name =>
            (input.InstanceIds as string[]).includes(machineOf(lab, name)?.id),
          )
          lab.nodes.ran.push({ document: 'START', node: names.join(' '), parameters: {} })
          return options.faults?.StartInstances?.(input, count)
        },
      },
    },
    request,
  )
  expect(await lab.run('stop-array', { array: 'star0001' })).toMatchObject({ status: 'SUCCEEDED' })
  lab.nodes.ran.length = 0
  return lab
}

const wwids = ({ nodes }: Inspection) =>
  nodes.find(({ name }) => name === host)?.report?.luns as [string, string, number, unknown][]

describe('a stopped array', () => {
  test('is started from the inside out: both controllers, then the hosts', async () => {
    const lab = await stopped()

    const result = await start(lab)

    expect(result).toMatchObject({ ...healthy, output: { array: 'star0001', changed: true } })
    expect(worksOf(lab)).toEqual([
      `START ${ctl1} ${ctl2}`,
      expect.stringMatching(/^start-cluster /),
      expect.stringMatching(/^start-cluster /),
      `START ${host}`,
      `attach-host ${host}`,
    ])
    expect(lockOf(lab)).toBeUndefined()
  })

  test('has the same LUNs as before, by their WWIDs', async () => {
    const lab = await built()
    const before = wwids(await look(lab))
    await lab.run('stop-array', { array: 'star0001' })
    await start(lab)

    expect(wwids(await look(lab))).toEqual(before)
    expect(before).toHaveLength(6)
  })

  test('with two hosts has both of them back', async () => {
    const lab = await stopped({}, { hosts: [{}, { luns: ['LUN0'] }] })

    expect(await start(lab)).toMatchObject(healthy)
    expect(worksOf(lab)[3]).toBe(`START ${host} instance-2`)
  })
})

test('an array that runs and is healthy is left alone', async () => {
  const lab = await built()

  expect(await start(lab)).toMatchObject({ ...healthy, output: { changed: false } })
  expect(worksOf(lab)).toEqual([])
})

test('after a power cut of one controller it is started again, and serves', async () => {
  const lab = await built()
  lab.machines.cut(machineOf(lab, ctl1).id)

  expect(await start(lab)).toMatchObject({ ...healthy, output: { changed: true } })
  expect(lab.nodes.sims.get('star0001')?.cluster.active()).toBe(ctl2)
})

describe('an addition of LUNs that was cut off', () => {
  const input = { array: 'star0001', luns: [{ name: 'late', size: '64M' }] }
  const names = async (lab: Lab) => wwids(await look(lab)).map(([name]) => name)

  test.each(['create-pool', 'configure-target', 'serve-luns', 'attach-host', 'prove-luns', 'settle-luns'])(
    'at %s is completed, by the second start if the first one fails at it too',
    async document => {
      let broken = false
      const lab = await built({ replies: { [document]: () => (broken ? { exitCode: 1 } : undefined) } })
      broken = true
      expect(await lab.run('add-luns', input)).toMatchObject({ status: 'FAILED' })
      await lab.run('stop-array', { array: 'star0001' })
      expect(await start(lab)).toMatchObject({ status: 'FAILED' })
      broken = false

      expect(await start(lab)).toMatchObject(healthy)

      expect(await lab.run('add-luns', input)).toMatchObject({ status: 'SUCCEEDED' })
      expect((await names(lab)).filter(name => name === 'STAR-late')).toHaveLength(1)
      expect(await lab.run('add-luns', input)).toMatchObject({ output: { changed: false } })
    },
  )

  test('is not held to be done before that is written down', async () => {
    let broken = true
    const lab = await built({
      crashes: { 'complete-addition': () => (broken ? failing('Lambda.Unknown')() : undefined) },
    })
    await lab.run('add-luns', input)

    await lab.run('stop-array', { array: 'star0001' })
    expect(await start(lab)).toMatchObject({ error: 'Lambda.Unknown' })
    broken = false

    await lab.run('stop-array', { array: 'star0001' })
    lab.nodes.ran.length = 0
    expect(await start(lab)).toMatchObject(healthy)
    expect(worksOf(lab).some(work => work.startsWith('create-pool'))).toBe(true)
    await lab.run('stop-array', { array: 'star0001' })
    lab.nodes.ran.length = 0
    expect(await start(lab)).toMatchObject(healthy)
    expect(worksOf(lab).some(work => work.startsWith('create-pool'))).toBe(false)
  })
})

describe('half-way', () => {
  test.each([
    ['start-cluster', 4],
    ['start-cluster', 5],
    ['attach-host', 2],
  ] as const)('%s that fails (call %i) ends it; the next run goes on', async (document, call) => {
    const lab = await stopped({
      replies: { [document]: (_, count) => (count === call ? { exitCode: 1, stderr: 'stuck\n' } : undefined) },
    })

    const failed = await start(lab)

    expect(failed.cause).toMatch(new RegExp(`^STAR-${document} on .*: Failed, exit status 1\nstuck\n`))
    expect(lockOf(lab)).toBeUndefined()
    expect(await start(lab)).toMatchObject(healthy)
  })

  test.each([1, 2])('StartInstances that fails (call %i) is the cause; the next run goes on', async call => {
    const lab = await stopped({
      faults: {
        StartInstances: (_, count) => (count === call ? failing('InternalError', 'EC2 is unwell')() : undefined),
      },
    })

    expect(await start(lab)).toMatchObject({ error: 'InternalError', cause: 'EC2 is unwell' })
    expect(await start(lab)).toMatchObject(healthy)
  })

  test('any look at EC2 may fail: the next run goes on', async () => {
    const fault = breaker()
    const looks = () => (fault.trips() ? failing('InternalError')() : undefined)
    for (let n = 1; ; n++) {
      const lab = await stopped({ faults: { DescribeInstances: looks, DescribeVolumes: looks } })
      fault.arm(n)
      const { status } = await start(lab)
      if (fault.armed()) {
        expect(n).toBe(13)
        break
      }
      expect([n, status, lockOf(lab)]).toEqual([n, 'FAILED', undefined])
      expect(await start(lab)).toMatchObject(healthy)
    }
  })

  test('killed at any of its steps, it is completed by the next run', async () => {
    const first = await stopped()
    const before = seen.length
    await start(first)
    const steps = seen.slice(before).filter(({ kind }) => kind === 'state-entered').length
    for (let step = 3; step < steps; step += Math.ceil(steps / 8)) {
      const lab = await stopped()
      expect([step, await killedAt(lab, step, 'start-array', { array: 'star0001' })]).toEqual([step, 'ABORTED'])
      expect(await start(lab)).toMatchObject(healthy)
    }
  })

  test('a stop that ended half-way is taken back', async () => {
    const lab = await built({ replies: { 'stop-cluster': (_, count) => (count === 2 ? { exitCode: 1 } : undefined) } })
    await lab.run('stop-array', { array: 'star0001' })

    expect(await start(lab)).toMatchObject(healthy)
  })
})

describe('no room for an instance', () => {
  const full = (calls: (count: number) => boolean): LabOptions => ({
    faults: {
      StartInstances: (_, count) =>
        calls(count) ? failing('InsufficientInstanceCapacity', 'no t3a.medium in ap-northeast-1d')() : undefined,
    },
  })

  test('is waited for', async () => {
    const lab = await stopped(full(count => count <= 3))

    expect(await start(lab)).toMatchObject(healthy)
    expect(worksOf(lab).slice(0, 4)).toEqual(Array(4).fill(`START ${ctl1} ${ctl2}`))
  })

  test('is given up after a while, with that as the cause; the next run starts it', async () => {
    let none = true
    const lab = await stopped(full(() => none))

    const result = await start(lab)
    none = false

    expect(result).toMatchObject({
      error: 'InsufficientInstanceCapacity',
      cause: 'no t3a.medium in ap-northeast-1d',
    })
    expect(worksOf(lab)).toHaveLength(6)
    expect(await look(lab)).toMatchObject({ power: 'stopped' })
    expect(await start(lab)).toMatchObject(healthy)
  })

  test('for hosts only: controllers run on, and the next run goes on with the hosts', async () => {
    let none = true
    const lab = await stopped(full(count => none && count > 1))

    expect(await start(lab)).toMatchObject({ error: 'InsufficientInstanceCapacity' })
    none = false

    expect(await look(lab)).toMatchObject({ power: 'partly' })
    expect(await start(lab)).toMatchObject(healthy)
  })
})

describe('what does not come up', () => {
  test('an instance that stays as it is, is named when time is up', async () => {
    const lab = await stopped({ faults: { StartInstances: () => ({}) } })

    const { error, cause } = await start(lab)

    expect(error).toBe('DeadlineExceeded')
    expect(cause).toMatch(/^waited 300 s for star0001-ctl1 \(i-\w+\), star0001-ctl2 \(i-\w+\) to be running$/)
  })

  test('one that is still on its way down is started when it is down', async () => {
    const lab = await stopped({
      faults: { StartInstances: (_, count) => (count === 1 ? failing('IncorrectInstanceState')() : undefined) },
    })

    expect(await start(lab)).toMatchObject(healthy)
  })

  test('a host that does not have all of its paths is no success', async () => {
    let cut = false
    const lab: Lab = await stopped({
      replies: {
        'inspect-host': machine => {
          if (!cut) return undefined
          const { stdout = '' } = lab.nodes.reply('STAR-inspect-host', {}, machine)
          return { stdout: stdout.replace('"active"', '"failed"') }
        },
      },
    })
    cut = true

    expect(await start(lab)).toMatchObject({
      error: 'VerificationFailed',
      cause: expect.stringContaining('instance-1: the path of LUN0 through star0001-ctl1 is failed'),
    })
  })

  test('a node that is gone is named, with what makes it anew', async () => {
    const lab = await stopped()
    await lab.cloud.ec2.send(new TerminateInstancesCommand({ InstanceIds: [machineOf(lab, host).id] }))

    expect(await start(lab)).toMatchObject({
      error: 'CloudRefused',
      cause: 'instance-1 is gone: star up makes it anew',
    })
    expect(worksOf(lab)).toEqual([])
  })

  test('a build that was never completed is none to start', async () => {
    const lab = openLab({ replies: { 'start-cluster': () => ({ exitCode: 1 }) } })
    await lab.run('provision-array', { keepOnFailure: true })

    expect(await start(lab)).toMatchObject({
      error: 'NotReady',
      cause: expect.stringMatching(/^star0001 was never compl/),
    })
  })
})

describe('before anything is started', () => {
  test('an input with an unknown field is refused', async () => {
    expect(await openLab().run('start-array', { array: 'star0001', force: true })).toMatchObject({
      error: 'RequestRejected',
    })
  })

  test('an array that is being changed is busy', async () => {
    const lab = openLab()
    const first = lab.run('provision-array', {})
    await lab.clock.sleep(10_000)

    expect(await start(lab)).toMatchObject({ error: 'ArrayBusy' })
    expect(await first).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('a lock that somebody else is writing is tried again', async () => {
    const fault = breaker()
    const lab = await stopped({
      faults: { PutParameter: () => (fault.trips() ? failing('TooManyUpdates')() : undefined) },
    })
    fault.arm(1)

    expect(await start(lab)).toMatchObject(healthy)
  })
})

test('an end that cannot be told is no success', async () => {
  let broken = false
  const lab = await stopped({ faults: { PutEvents: () => (broken ? failing('InternalException')() : undefined) } })
  broken = true

  expect(await start(lab)).toMatchObject({ error: 'InternalException' })
})

test('where even the end cannot be reported, the failure itself is', async () => {
  const lab = openLab({ crashes: { 'end-operation': failing('Lambda.Unknown') } })

  expect(await start(lab)).toMatchObject({ error: 'States.TaskFailed', cause: expect.stringContaining('NoSuchArray') })
})

test('no state, no catch and no retry was left out', () => {
  expect(untried(seen, 'start-array.test.ts')).toEqual({ states: [], catches: [], retries: [] })
})
