/** stop-array: the order, every way to fail, and that the next run goes on from there. */
import { TerminateInstancesCommand } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { breaker, built, killedAt, lockOf, look, machineOf, openLab, seen, worksOf } from './array-lab.ts'
import { untried } from './coverage.ts'
import { failing, type Lab, type LabOptions } from './lab.ts'

const [ctl1, ctl2, host] = ['star0001-ctl1', 'star0001-ctl2', 'instance-1']
const stop = (lab: Lab, input: object = {}) => lab.run('stop-array', { array: 'star0001', ...input })
const silence = (lab: Lab, name: string) => Object.assign(machineOf(lab, name), { onlineAt: Number.POSITIVE_INFINITY })
const states = (lab: Lab) => [ctl1, ctl2, host].map(name => machineOf(lab, name).state)
const off = ['stopped', 'stopped', 'stopped']

/** Puts down which instance was stopped between which documents. */
async function noting(options: LabOptions = {}, request = {}): Promise<Lab> {
  const lab: Lab = await built(
    {
      ...options,
      faults: {
        ...options.faults,
        StopInstances: (input, count) => {
          const names = [ctl1, ctl2, host, 'instance-2'].filter(name =>
            (input.InstanceIds as string[]).includes(machineOf(lab, name)?.id),
          )
          lab.nodes.ran.push({ document: 'STOP', node: names.join(' '), parameters: {} })
          return options.faults?.StopInstances?.(input, count)
        },
      },
    },
    request,
  )
  return lab
}

describe('a healthy array', () => {
  test('is stopped from the outside in: hosts, STANDBY, ACTIVE', async () => {
    const lab = await noting()

    const result = await stop(lab)

    expect(result).toMatchObject({ output: { array: 'star0001', changed: true, stopped: [ctl1, ctl2, host] } })
    expect(worksOf(lab)).toEqual([
      `quiesce-host ${host}`,
      `STOP ${host}`,
      `stop-cluster ${ctl2}`,
      `STOP ${ctl2}`,
      `stop-cluster ${ctl1}`,
      `STOP ${ctl1}`,
    ])
    expect(await look(lab)).toMatchObject({ power: 'stopped', healthy: false, problems: [] })
    expect(lockOf(lab)).toBeUndefined()
  })

  test('is asked who is ACTIVE: node 2 goes last where it is', async () => {
    const lab = await noting()
    lab.nodes.sims.get('star0001')?.cluster.handOver(ctl2)
    await stop(lab)

    expect(worksOf(lab).slice(2)).toEqual([
      `stop-cluster ${ctl1}`,
      `STOP ${ctl1}`,
      `stop-cluster ${ctl2}`,
      `STOP ${ctl2}`,
    ])
  })

  test('with two hosts waits for both of them before a controller is touched', async () => {
    const lab = await noting({}, { hosts: [{}, {}] })
    await stop(lab)

    const works = worksOf(lab)
    expect(works.slice(0, 2).sort()).toEqual([`quiesce-host ${host}`, 'quiesce-host instance-2'])
    expect(works.slice(2, 4)).toEqual([`STOP ${host} instance-2`, `stop-cluster ${ctl2}`])
    const told = lab.nodes.ran.find(({ document }) => document === 'quiesce-host')
    expect(told?.parameters).toEqual({ array: 'star0001', force: 'no' })
  })

  test('that is stopped already is left alone', async () => {
    const lab = await noting()
    await stop(lab)
    lab.nodes.ran.length = 0

    expect(await stop(lab)).toMatchObject({ status: 'SUCCEEDED', output: { changed: false, stopped: [] } })
    expect(lab.nodes.ran).toEqual([])
  })
})

test('machines that went down by themselves are stopped, but no orderly stopped array', async () => {
  const lab = await built()
  for (const id of lab.machines.machines.keys()) lab.machines.cut(id)

  expect(await stop(lab)).toMatchObject({ output: { changed: false } })
  expect(await look(lab)).toMatchObject({
    power: 'partly',
    problems: [ctl1, ctl2, host].map(name => `${name}: the instance is stopped`),
  })
})

describe('half-way', () => {
  test.each([
    ['quiesce-host', 1, ['running', 'running', 'running']],
    ['stop-cluster', 1, ['running', 'running', 'stopped']],
    ['stop-cluster', 2, ['running', 'stopped', 'stopped']],
  ] as const)('%s that fails (call %i) ends it; the next run goes on', async (document, call, left) => {
    let broken = true
    const lab = await built({
      replies: {
        [document]: (_, count) => (broken && count === call ? { exitCode: 1, stderr: 'stuck\n' } : undefined),
      },
    })

    const failed = await stop(lab)
    broken = false

    expect(failed).toMatchObject({ status: 'FAILED', error: 'DocumentFailed' })
    expect(failed.cause).toMatch(new RegExp(`^STAR-${document} on .*: Failed, exit status 1\nstuck\n`))
    expect(states(lab)).toEqual(left)
    expect(lockOf(lab)).toBeUndefined()
    expect(await stop(lab)).toMatchObject({ status: 'SUCCEEDED', output: { changed: true } })
    expect(states(lab)).toEqual(off)
  })

  test.each([1, 2, 3])('StopInstances that fails (call %i) is the cause; the next run goes on', async call => {
    const lab = await built({
      faults: {
        StopInstances: (_, count) => (count === call ? failing('InternalError', 'EC2 is unwell')() : undefined),
      },
    })

    expect(await stop(lab)).toMatchObject({ error: 'InternalError', cause: 'EC2 is unwell' })
    expect(states(lab).filter(state => state === 'stopped')).toHaveLength(call - 1)
    expect(await stop(lab)).toMatchObject({ status: 'SUCCEEDED' })
    expect(states(lab)).toEqual(off)
  })

  test('any look at EC2 may fail: the next run goes on', async () => {
    const fault = breaker()
    const looks = () => (fault.trips() ? failing('InternalError')() : undefined)
    for (let n = 1; ; n++) {
      const lab = await built({ faults: { DescribeInstances: looks, DescribeVolumes: looks } })
      fault.arm(n)
      const { status } = await stop(lab)
      if (fault.armed()) {
        expect(n).toBe(10)
        break
      }
      expect([n, status, lockOf(lab)]).toEqual([n, 'FAILED', undefined])
      expect(await stop(lab)).toMatchObject({ status: 'SUCCEEDED' })
      expect(states(lab)).toEqual(off)
    }
  })

  test('killed at any of its steps, it is completed by the next run', async () => {
    const first = await built()
    const before = seen.length
    await stop(first)
    const steps = seen.slice(before).filter(({ kind }) => kind === 'state-entered').length
    for (let step = 3; step < steps; step += Math.ceil(steps / 8)) {
      const lab = await built()
      expect([step, await killedAt(lab, step, 'stop-array', { array: 'star0001' })]).toEqual([step, 'ABORTED'])
      expect(await stop(lab)).toMatchObject({ status: 'SUCCEEDED' })
      expect([step, ...states(lab)]).toEqual([step, ...off])
    }
  })

  test('an instance that is gone is no hindrance', async () => {
    const lab = await built()
    await lab.cloud.ec2.send(new TerminateInstancesCommand({ InstanceIds: [machineOf(lab, host).id] }))

    expect(await stop(lab)).toMatchObject({ status: 'SUCCEEDED', output: { stopped: [ctl1, ctl2] } })
  })

  test('a build that failed and was kept is stopped too', async () => {
    const lab = openLab({ replies: { 'start-cluster': () => ({ exitCode: 1 }) } })
    await lab.run('provision-array', { keepOnFailure: true })

    expect(await stop(lab)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await look(lab)).toMatchObject({ state: 'building', power: 'stopped' })
  })
})

describe('a node that does not answer', () => {
  test.each([host, ctl1, ctl2])('%s: nothing is stopped, and the reasons say what to do', async name => {
    const lab = await built()
    silence(lab, name)

    const result = await stop(lab)

    expect(result).toMatchObject({ error: 'NotReady' })
    expect(result.cause?.split('\n')).toEqual([
      expect.stringMatching(`^${name}: waited 20 s for the agent of ${name}`),
      expect.stringMatching(/cannot be stopped in good order: make it answer, or stop it by force$/),
    ])
    expect(worksOf(lab)).toEqual([])
  })

  test.each([host, ctl1, ctl2])('%s: by force it is stopped all the same, and the others in good order', async name => {
    const lab = await noting()
    silence(lab, name)

    expect(await stop(lab, { force: true })).toMatchObject({ status: 'SUCCEEDED' })
    const orderly = [`quiesce-host ${host}`, `stop-cluster ${ctl2}`, `stop-cluster ${ctl1}`]
    expect(worksOf(lab).filter(work => !work.startsWith('STOP'))).toEqual(orderly.filter(work => !work.endsWith(name)))
    // Where node 1 is lost its partner is ACTIVE meanwhile.
    const last = name === ctl1 ? [ctl1, ctl2] : [ctl2, ctl1]
    const stops = worksOf(lab).filter(work => work.startsWith('STOP'))
    expect(stops).toEqual([host, ...last].map(node => `STOP ${node}`))
  })

  test('ACTIVE that is silent goes last still: its partner knows who it is', async () => {
    let silent = ''
    const lab = await noting({
      replies: { 'inspect-controller': ({ id }) => (id === silent ? { exitCode: 1 } : undefined) },
    })
    lab.nodes.sims.get('star0001')?.cluster.handOver(ctl2)
    silent = machineOf(lab, ctl2).id
    await stop(lab, { force: true })

    expect(worksOf(lab).slice(-3)).toEqual([`stop-cluster ${ctl1}`, `STOP ${ctl1}`, `STOP ${ctl2}`])
  })
})

describe('a host that still uses its LUNs', () => {
  const busy = { exitCode: 1, stderr: 'error: LUNs of star0001 are in use.\n/data: postgres (812)\n' }

  test('is not stopped, nor is anything else; who uses them is told', async () => {
    const lab = await built({ replies: { 'quiesce-host': () => busy } })

    const result = await stop(lab)

    expect(result).toMatchObject({ error: 'DocumentFailed', cause: expect.stringContaining('/data: postgres (812)') })
    expect(states(lab)).toEqual(['running', 'running', 'running'])
  })

  test('by force is told so, and stopped whatever it answers', async () => {
    const lab = await built({ replies: { 'quiesce-host': () => busy } })

    expect(await stop(lab, { force: true })).toMatchObject({ status: 'SUCCEEDED' })
    expect(states(lab)).toEqual(off)
  })

  test('the document hears of the force', async () => {
    const lab = await built()
    await stop(lab, { force: true })

    expect(lab.nodes.ran.find(({ document }) => document === 'quiesce-host')?.parameters.force).toBe('yes')
  })
})

describe('an instance that does not go down', () => {
  const stubborn = (calls: object[]): LabOptions => ({
    faults: {
      StopInstances: input => {
        calls.push(input)
        return input.Force ? undefined : {}
      },
    },
  })

  test('is named when time is up', async () => {
    const lab = await built(stubborn([]))

    const { error, cause } = await stop(lab)

    expect(error).toBe('DeadlineExceeded')
    expect(cause).toMatch(/^waited 600 s for instance-1 \(i-\w+\) to be stopped$/)
  })

  test('by force loses its power after two minutes', async () => {
    const calls: { Force?: boolean }[] = []
    const lab = await built(stubborn(calls))

    expect(await stop(lab, { force: true })).toMatchObject({ status: 'SUCCEEDED' })
    const before = calls.findIndex(({ Force }) => Force)
    expect(before).toBeGreaterThan(60)
    expect(calls.filter(({ Force }) => Force)).toHaveLength(3)
  })

  test('and one in another state than it seemed is looked at again', async () => {
    const lab = await built({
      faults: { StopInstances: (_, count) => (count === 1 ? failing('IncorrectInstanceState')() : undefined) },
    })

    expect(await stop(lab)).toMatchObject({ status: 'SUCCEEDED' })
  })
})

describe('before anything is stopped', () => {
  test('an input with an unknown field is refused', async () => {
    expect(await stop(openLab(), { now: true })).toMatchObject({ error: 'RequestRejected' })
  })

  test('an array that is not there is named', async () => {
    const lab = openLab()

    expect(await stop(lab)).toMatchObject({ error: 'NoSuchArray' })
    expect(lockOf(lab)).toBeUndefined()
  })

  test('an array that is being changed is busy', async () => {
    const lab = openLab()
    const first = lab.run('provision-array', {})
    await lab.clock.sleep(10_000)

    expect(await stop(lab)).toMatchObject({ error: 'ArrayBusy' })
    expect(await first).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('a lock that somebody else is writing is tried again', async () => {
    const fault = breaker()
    const lab = await built({
      faults: { PutParameter: () => (fault.trips() ? failing('TooManyUpdates')() : undefined) },
    })
    fault.arm(1)

    expect(await stop(lab)).toMatchObject({ status: 'SUCCEEDED' })
  })
})

test('an end that cannot be told is no success, though all is stopped', async () => {
  let broken = false
  const lab = await built({
    faults: { PutEvents: () => (broken ? failing('InternalException', 'no bus')() : undefined) },
  })
  broken = true

  expect(await stop(lab)).toMatchObject({ error: 'InternalException', cause: expect.stringMatching(/^no bus/) })
  expect(states(lab)).toEqual(off)
})

test('where even the end cannot be reported, the failure itself is', async () => {
  const lab = openLab({ crashes: { 'end-operation': failing('Lambda.Unknown') } })

  expect(await stop(lab, { now: true })).toMatchObject({ error: 'RequestRejected' })
})

test('no state, no catch and no retry was left out', () => {
  expect(untried(seen, 'stop-array.test.ts')).toEqual({ states: [], catches: [], retries: [] })
})
