/** Every way a workflow can go wrong, gone through in the engine over the in-memory cloud; the last test holds that to account. */
import { DeleteParameterCommand } from '@aws-sdk/client-ssm'
import { describe, expect, test } from 'vitest'
import type { ProgressEvent } from '../../infra/local/engine.ts'
import { allCatches, allRetries, allStates, gone } from './coverage.ts'
import { takingItDown, whileItIsBuilt } from './error-paths-more.ts'
import { failing, type Lab, type LabOptions, openLab as open } from './lab.ts'

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

const parameters = (lab: Lab) => lab.cloud.store.list<{ name: string }>('parameter').map(({ name }) => name)

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

whileItIsBuilt(openLab)

describe('at the end', () => {
  const failedPath = (lab: () => Lab) => (machine: { id: string }) => {
    const { reply } = lab().nodes
    const { stdout = '' } = reply('STAR-inspect-host', {}, machine as never)
    return { stdout: stdout.replace('"active"', '"failed"') }
  }

  test('what the machines show decides: a failed path is no success', async () => {
    const lab: Lab = openLab({ replies: { 'inspect-host': failedPath(() => lab) } })

    const result = await lab.run('provision-array', {})

    expect(result.error).toBe('VerificationFailed')
    expect(result.cause).toContain('instance-1: the path of LUN0 through star0001-ctl1 is failed')
    expect(lab.cloud.isEmpty()).toBe(true)
  })

  test('what settles within the time is a success', async () => {
    const lab: Lab = openLab({
      replies: { 'inspect-host': (machine, count) => (count < 4 ? failedPath(() => lab)(machine) : undefined) },
    })

    expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('what became of a build that failed is told after the first cause, with its node’s words', async () => {
    const broken = { replies: { 'create-pool': () => ({ exitCode: 5, stderr: 'no room on vda\n' }) } }
    const [first, kept] = [openLab(broken), openLab(broken)]

    const removed = (await first.run('provision-array', {})).cause?.split('\n') ?? []
    expect([removed[0], removed[1]]).toEqual([
      'STAR-create-pool on star0001-ctl1: Failed, exit status 5',
      'no room on vda',
    ])
    expect(removed.at(-1)).toBe('All that was made of it has been removed: star up begins anew.')
    expect(first.cloud.isEmpty()).toBe(true)

    const { cause } = await kept.run('provision-array', { keepOnFailure: true })
    expect(cause?.split('\n').slice(0, 2)).toEqual(removed.slice(0, 2))
    expect(cause).toMatch(/\nWhat was made of it is kept, as asked: star up completes it, star down removes it\.$/)
    expect(kept.machines.machines.size).toBe(3)
  })

  test('an undo that fails is told beside the first cause, and the lock is let go', async () => {
    const configured = () => lab.nodes.names().some(name => name.startsWith('settle-luns'))
    const lab: Lab = openLab({
      faults: { DescribeVolumes: () => (configured() ? failing('InternalError', 'EC2 is unwell')() : undefined) },
    })

    const result = await lab.run('provision-array', {})

    expect(result).toMatchObject({ error: 'InternalError' })
    expect(result.cause?.split('\n')).toEqual([
      'EC2 is unwell',
      'and then the undo failed: InternalError: EC2 is unwell',
      'Not all of it could be removed: star down removes the rest, star up completes it.',
    ])
    expect(parameters(lab)).toEqual(['/star/star0001'])
  })

  test('a node that falls silent in the middle of a document is named soon after that could have taken no longer', async () => {
    const mute = (document: string) =>
      openLab({
        replies: {
          [document]: machine => {
            machine.onlineAt = Number.POSITIVE_INFINITY
            return {}
          },
        },
      })
    for (const [document, node, minutes] of [
      ['attach-host', 'instance-1', 30],
      ['start-cluster', 'star0001-ctl[12]', 30],
      ['prepare-host', 'instance-1', 35],
    ] as const) {
      const lab = mute(document)
      const since = lab.clock.now()
      const { error, cause } = await lab.run('provision-array', {})

      expect([error, cause]).toEqual([
        'DeadlineExceeded',
        expect.stringMatching(`^waited 300 s for the agent of ${node} .* to answer`),
      ])
      expect((lab.clock.now() - since) / 60_000).toBeLessThan(minutes)
    }
  })

  test('an end that cannot be told makes no success, and undoes nothing', async () => {
    const lab = openLab({ faults: { PutEvents: failing('InternalException', 'no bus') } })

    const result = await lab.run('provision-array', {})

    expect(result).toMatchObject({ status: 'FAILED', error: 'InternalException' })
    expect(result.cause).toBe('no bus\nand then the event could not be sent: InternalException: no bus')
    expect(lab.machines.machines.size).toBe(3)
    expect(parameters(lab)).toEqual(['/star/star0001'])
  })

  test('a record that cannot be written undoes the build; a lock that cannot be let go hides no cause', async () => {
    const lab = openLab({
      faults: {
        PutParameter: ({ Value }) => (String(Value).includes('"ready"') ? failing('TooManyUpdates')() : undefined),
        DeleteParameter: ({ Name }) => (String(Name).endsWith('/lock') ? failing('InternalServerError')() : undefined),
      },
    })

    expect(await lab.run('provision-array', {})).toMatchObject({ status: 'FAILED', error: 'CloudThrottled' })
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
    expect(result.cause).toMatch(/\nIt was ready before, and nothing of it was removed: star up completes it\.$/)
    expect(lab.machines.machines.size).toBe(3)
    expect(parameters(lab)).toEqual(['/star/star0001'])
  })

  test('is never undone either when somebody removed its record', async () => {
    const lab = openLab({
      replies: {
        // Three in a build: ctl2 starts alone first.
        'start-cluster': (_, count) => (count > 3 ? { exitCode: 1 } : undefined),
      },
    })
    await lab.run('provision-array', {})
    await lab.cloud.ssm.send(new DeleteParameterCommand({ Name: '/star/star0001' }))
    lab.machines.cut([...lab.machines.machines.keys()][0] ?? '')

    const result = await lab.run('provision-array', {})

    expect(result).toMatchObject({ status: 'FAILED', error: 'DocumentFailed' })
    expect(lab.machines.disks.size).toBe(2)
    expect(lab.machines.machines.size).toBe(3)
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

  test('waits for a node that is slow to answer longer than one watch of it may take', async () => {
    const lab = openLab()
    await lab.run('provision-array', {})
    const { reply } = lab.nodes
    lab.nodes.reply = (...asked) => ({ ...reply(...asked), durationMs: 50_000 })

    expect((await lab.run('inspect-array', { array: 'star0001' })).output).toMatchObject({ healthy: true })
  })
})

takingItDown(openLab)

test.each([
  ['provision-array', { array: 'X' }],
  ['teardown-array', { array: 'X' }],
])('%s: where even the end cannot be reported, the failure itself is', async (machine, input) => {
  const lab = openLab({ crashes: { 'end-operation': failing('Lambda.Unknown') } })

  const result = await lab.run(machine, input)

  expect(result).toMatchObject({ status: 'FAILED', error: 'RequestRejected' })
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
