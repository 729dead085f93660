/** Every way a workflow can go wrong, gone through in the engine over the in-memory cloud; the last test holds that to account. */
import { describe, expect, test } from 'vitest'
import type { ProgressEvent } from '../../infra/local/engine.ts'
import { allCatches, allRetries, allStates, gone } from './coverage.ts'
import { type LabOptions, openLab as open, refusal } from './lab.ts'

const seen: ProgressEvent[] = []

function openLab(options: LabOptions = {}) {
  const lab = open(options)
  const run: typeof lab.run = async (...args) => {
    const result = await lab.run(...args)
    seen.push(...lab.events.splice(0))
    return result
  }
  return { ...lab, run }
}

const parameters = (lab: ReturnType<typeof openLab>) =>
  lab.cloud.store.list<{ name: string }>('parameter').map(({ name }) => name)
const failing = (name: string, message?: string) => () => {
  throw refusal(name, message)
}

describe('before anything is made', () => {
  test('a request that breaks a rule is refused, and nothing is touched', async () => {
    const lab = openLab()

    const result = await lab.run('provision-array', { array: 'x;reboot', shiny: true })

    expect(result).toMatchObject({ status: 'FAILED', error: 'RequestRejected' })
    expect(result.cause).toContain('shiny: unknown field')
    expect(lab.cloud.isEmpty()).toBe(true)
  })

  test('an input that is no object is refused too', async () => {
    const result = await openLab().run('provision-array', 'star0001')

    expect(result).toMatchObject({ error: 'RequestRejected' })
  })

  test('without an image nothing is made', async () => {
    const lab = openLab({ faults: { DescribeImages: () => ({ Images: [] }) } })

    const result = await lab.run('provision-array', {})

    expect(result).toMatchObject({
      error: 'CloudRefused',
      cause: 'there is no image named star-node-debian-12-* of owner self',
    })
    expect(lab.cloud.isEmpty()).toBe(true)
  })

  test('an array that is being changed is busy, and the message says by whom and since when', async () => {
    const lab = openLab()
    const first = lab.run('provision-array', {}, { name: 'first' })
    await lab.clock.sleep(10_000)

    const second = await lab.run('provision-array', {})
    const down = await lab.run('teardown-array', { array: 'star0001' })

    expect(second).toMatchObject({ error: 'ArrayBusy' })
    expect(second.cause).toMatch(
      /star0001 is being changed by provision-array since 20.*execution:provision-array:first/,
    )
    expect(down).toMatchObject({ error: 'ArrayBusy' })
    expect(await first).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('a lock that somebody else is writing is tried again', async () => {
    const contended = (_: unknown, count: number) => (count === 1 ? failing('TooManyUpdates')() : undefined)
    const up = openLab({ faults: { PutParameter: contended } })
    const down = openLab({ faults: { PutParameter: contended } })

    expect(await up.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })
    expect(await down.run('teardown-array', { array: 'star0001' })).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('an array that is there with other settings stays as it is, and the differences are told', async () => {
    const lab = openLab()
    await lab.run('provision-array', {})

    const result = await lab.run('provision-array', { disks: { count: 3 } })

    expect(result).toMatchObject({ error: 'ArrayExists' })
    expect(result.cause).toContain('disks.count: is 2, asked for 3')
    expect(parameters(lab)).toEqual(['/star/star0001'])
  })
})

describe('while it is built', () => {
  test.each([
    ['RunInstances', 'InsufficientInstanceCapacity'],
    ['CreateVolume', 'VolumeLimitExceeded'],
    ['AttachVolume', 'AttachmentLimitExceeded'],
  ])('%s answering %s undoes everything, and that is the cause', async (command, error) => {
    const lab = openLab({ faults: { [command]: failing(error, `no more of ${command}`) } })

    const result = await lab.run('provision-array', {})

    expect(result).toMatchObject({ status: 'FAILED', error })
    expect(result.cause).toContain(`no more of ${command}`)
    expect(lab.cloud.isEmpty()).toBe(true)
  })

  test('a machine for which there is room only later is waited for', async () => {
    const lab = openLab({
      faults: { RunInstances: (_, count) => (count <= 2 ? failing('InsufficientInstanceCapacity')() : undefined) },
    })

    expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('a security group that shows late is looked for again', async () => {
    let made = false
    const lab = openLab({
      faults: {
        DescribeSecurityGroups: () => (made ? undefined : { SecurityGroups: [] }),
        CreateSecurityGroup: (_, count) => {
          if (count < 3) return undefined
          made = true
          return failing('InvalidGroup.Duplicate')()
        },
        AuthorizeSecurityGroupIngress: (_, count) => (count === 1 ? failing('InvalidGroup.NotFound')() : undefined),
      },
    })

    expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('a document that fails is the cause, with its node and what it said', async () => {
    const lab = openLab({ replies: { 'create-pool': () => ({ exitCode: 5, stderr: 'no room on STARpool\n' }) } })

    const result = await lab.run('provision-array', {})

    expect(result.error).toBe('DocumentFailed')
    expect(result.cause).toMatch(/^STAR-create-pool on star0001-ctl1: Failed, exit status 5\nno room on STARpool\n/)
    expect(lab.cloud.isEmpty()).toBe(true)
  })

  test('with keepOnFailure a failed build stays to be looked at, and the next run completes it', async () => {
    let broken = true
    const lab = openLab({ replies: { 'form-cluster': () => (broken ? { exitCode: 1 } : undefined) } })

    const failed = await lab.run('provision-array', { keepOnFailure: true })
    broken = false
    const machines = [...lab.machines.machines.keys()]
    const completed = await lab.run('provision-array', {})

    expect(failed).toMatchObject({ error: 'DocumentFailed' })
    expect(machines).toHaveLength(3)
    expect(completed).toMatchObject({ status: 'SUCCEEDED', output: { changed: true } })
    expect([...lab.machines.machines.keys()]).toEqual(machines)
  })

  test('SendCommand not knowing an instance yet is asked again', async () => {
    const lab = openLab({
      faults: { SendCommand: (_, count) => (count === 1 ? failing('InvalidInstanceId')() : undefined) },
    })

    expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('a machine that reboots under a document gets it again', async () => {
    const lab = openLab({
      replies: {
        'prepare-host': (machine, count) => {
          if (count === 1) lab.clock.sleep(1_000).then(() => lab.machines.reboot(machine.id))
          return undefined
        },
      },
    })

    expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })
    expect(lab.nodes.names().filter(name => name === 'prepare-host instance-1')).toHaveLength(2)
  })

  test('a document that is lost three times is given up', async () => {
    const lab = openLab({
      replies: {
        'prepare-host': machine => {
          lab.clock.sleep(1_000).then(() => lab.machines.reboot(machine.id))
          return undefined
        },
      },
    })

    const result = await lab.run('provision-array', {})

    expect(result.error).toBe('DocumentLost')
    expect(result.cause).toContain('STAR-prepare-host on instance-1 was cut off')
    expect(lab.nodes.names().filter(name => name === 'prepare-host instance-1')).toHaveLength(3)
  })

  test('a machine whose agent never answers ends in a deadline that says what was waited for', async () => {
    const lab = openLab({ driver: { bootMs: Number.POSITIVE_INFINITY } })

    const result = await lab.run('provision-array', {})

    expect(result).toMatchObject({ error: 'DeadlineExceeded' })
    expect(result.cause).toMatch(/waited 300 s for the agent of (star0001-ctl1|instance-1) \(i-\w+\) to answer/)
  })
})

describe('at the end', () => {
  const failedPath = (lab: () => ReturnType<typeof openLab>) => (machine: { id: string }) => {
    const { reply } = lab().nodes
    const { stdout = '' } = reply('STAR-inspect-host', {}, machine as never)
    return { stdout: stdout.replace('"active"', '"failed"') }
  }

  test('what the machines show decides: a failed path is no success', async () => {
    const lab: ReturnType<typeof openLab> = openLab({ replies: { 'inspect-host': failedPath(() => lab) } })

    const result = await lab.run('provision-array', {})

    expect(result.error).toBe('VerificationFailed')
    expect(result.cause).toContain('instance-1: the path of LUN0 through star0001-ctl1 is failed')
    expect(lab.cloud.isEmpty()).toBe(true)
  })

  test('what settles within the time is a success', async () => {
    const lab: ReturnType<typeof openLab> = openLab({
      replies: { 'inspect-host': (machine, count) => (count < 4 ? failedPath(() => lab)(machine) : undefined) },
    })

    expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('an undo that fails is told beside the first cause, and the lock is let go', async () => {
    const configured = () => lab.nodes.names().some(name => name.startsWith('settle-luns'))
    const lab: ReturnType<typeof openLab> = openLab({
      faults: { DescribeVolumes: () => (configured() ? failing('InternalError', 'EC2 is unwell')() : undefined) },
    })

    const result = await lab.run('provision-array', {})

    expect(result).toMatchObject({ error: 'InternalError' })
    expect(result.cause).toBe('EC2 is unwell\nand then the undo failed: InternalError: EC2 is unwell')
    expect(parameters(lab)).toEqual(['/star/star0001'])
  })

  test('a record that cannot be written undoes the build; a lock that cannot be let go hides no cause', async () => {
    const lab = openLab({
      faults: {
        PutParameter: ({ Value }) => (String(Value).includes('"ready"') ? failing('TooManyUpdates')() : undefined),
        DeleteParameter: ({ Name }) => (String(Name).endsWith('/lock') ? failing('InternalServerError')() : undefined),
      },
    })

    expect(await lab.run('provision-array', {})).toMatchObject({ status: 'FAILED', error: 'TooManyUpdates' })
  })
})

describe('an array that was ready once', () => {
  test('is left alone while it is right', async () => {
    const lab = openLab()
    await lab.run('provision-array', {})
    const before = lab.nodes.ran.length

    const result = await lab.run('provision-array', {})

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { changed: false, inspection: { healthy: true } } })
    expect(lab.nodes.names().slice(before).sort()).toEqual([
      'inspect-controller star0001-ctl1',
      'inspect-controller star0001-ctl2',
      'inspect-host instance-1',
    ])
  })

  test('is completed where it is broken: a stopped machine is started again', async () => {
    const lab = openLab()
    await lab.run('provision-array', {})
    const [id = ''] = [...lab.machines.machines.values()].map(machine => machine.id)
    lab.machines.cut(id)

    const result = await lab.run('provision-array', {})

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { changed: true } })
    expect(lab.machines.machines.get(id)?.state).toBe('running')
  })

  test('is looked at even when a look fails, and is never undone', async () => {
    let broken = false
    const lab = openLab({ faults: { DescribeVolumes: () => (broken ? failing('InternalError')() : undefined) } })
    await lab.run('provision-array', {})
    broken = true

    const result = await lab.run('provision-array', {})

    expect(result).toMatchObject({ status: 'FAILED', error: 'InternalError' })
    expect(lab.machines.machines.size).toBe(3)
    expect(parameters(lab)).toEqual(['/star/star0001'])
  })

  test('shows a node that does not answer as a problem, in words', async () => {
    const lab = openLab()
    await lab.run('provision-array', {})
    const host = [...lab.machines.machines.values()].find(machine => !machine.plugged.size)
    Object.assign(host ?? {}, { onlineAt: Number.POSITIVE_INFINITY })

    const result = await lab.run('inspect-array', { array: 'star0001' })

    expect(result.output).toMatchObject({ healthy: false })
    const { problems } = result.output as { problems: string[] }
    expect(problems).toEqual([expect.stringMatching(/^instance-1: waited 20 s for the agent of instance-1/)])
  })
})

describe('taking it down', () => {
  test('of an array with a record that cannot be removed: the lock is let go, the cause is told', async () => {
    const lab = openLab({
      faults: {
        DeleteParameter: ({ Name }) => (Name === '/star/star0001' ? failing('InternalServerError', 'no')() : undefined),
      },
    })
    await lab.run('provision-array', {})

    const result = await lab.run('teardown-array', { array: 'star0001' })

    expect(result).toMatchObject({ status: 'FAILED', error: 'InternalServerError', cause: 'no' })
    expect(parameters(lab)).toEqual(['/star/star0001'])
  })

  test('a lock that cannot be let go hides no cause', async () => {
    const lab = openLab({ faults: { DeleteParameter: ({ Name }) => failing('InternalServerError', String(Name))() } })

    expect(await lab.run('teardown-array', { array: 'star0001' })).toMatchObject({ cause: '/star/star0001' })
  })

  test('what will not go is named when time is up', async () => {
    const lab = openLab({ faults: { DeleteVolume: failing('VolumeInUse') } })
    await lab.run('provision-array', {})

    const result = await lab.run('teardown-array', { array: 'star0001' })

    expect(result).toMatchObject({ error: 'DeadlineExceeded' })
    expect(result.cause).toBe('waited 900 s for star0001-disk1, star0001-disk2 of star0001 to be gone')
  })
})

test('no state, no catch and no retry was left out', () => {
  const { states, catches, failures, retried } = gone(seen)
  const untried = allRetries().filter(retry => !failures.has(retry) || !retried.has(retry.split(' ')[0] as string))

  expect({
    states: allStates().filter(state => !states.has(state)),
    catches: allCatches().filter(state => !catches.has(state)),
    retries: untried,
  }).toEqual({ states: [], catches: [], retries: [] })
})
