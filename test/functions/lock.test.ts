import { describe, expect, test } from 'vitest'
import { useClients } from '../../functions/shared/clients.ts'
import { useClock } from '../../functions/shared/clock.ts'
import { releaseLock, takeLock } from '../../functions/shared/lock.ts'
import { endExecution, recordExecution } from '../../infra/local/sfn.ts'
import { openLab as open, refusal } from '../statemachines/lab.ts'

function openLab(options: Parameters<typeof open>[0] = {}) {
  const lab = open(options)
  useClients(lab.cloud)
  useClock(lab.clock.now)
  const { store, clock } = lab.cloud
  const running = (name: string) =>
    recordExecution(store, { machine: 'provision-array', name, input: {}, at: clock.now() })
  const dead = (name: string) => {
    const arn = running(name)
    endExecution(store, arn, { status: 'ABORTED', at: clock.now() })
    return arn
  }
  const parameters = () => store.list<{ name: string; value: string }>('parameter')
  const holder = () => JSON.parse(parameters().find(({ name }) => name === '/star/a1/lock')?.value ?? '{}').execution
  return { ...lab, running, dead, parameters, holder }
}

test('a free lock is taken, by the same execution as often as it likes, and let go', async () => {
  const { running, holder, parameters } = openLab()
  const mine = running('mine')

  await takeLock('a1', mine, 'provision-array')
  await takeLock('a1', mine, 'provision-array')

  expect(holder()).toBe(mine)
  await releaseLock('a1', mine)
  expect(parameters()).toEqual([])
})

test('a lock whose execution runs is busy: the message names operation, time and execution', async () => {
  const { running, holder } = openLab()
  const [theirs, mine] = [running('theirs'), running('mine')]
  await takeLock('a1', theirs, 'teardown-array')

  await expect(takeLock('a1', mine, 'provision-array')).rejects.toMatchObject({
    name: 'ArrayBusy',
    message: `a1 is being changed by teardown-array since 2026-01-01T00:00:00.000Z (${theirs})`,
  })
  await releaseLock('a1', mine)
  expect(holder()).toBe(theirs)
})

test.each(['an execution that ended', 'an execution nobody knows'])('the lock of %s is void', async which => {
  const { running, dead, holder, parameters } = openLab()
  const gone = which.includes('ended') ? dead('gone') : running('x').replace(':x', ':forgotten')
  await takeLock('a1', gone, 'provision-array')

  const mine = running('mine')
  await takeLock('a1', mine, 'provision-array')

  expect(holder()).toBe(mine)
  expect(parameters()).toHaveLength(1)
})

test('of many who find the same void lock exactly one gets it', async () => {
  const { running, dead, holder, parameters } = openLab()
  await takeLock('a1', dead('gone'), 'provision-array')
  const all = Array.from({ length: 8 }, (_, i) => running(`taker-${i}`))

  const results = await Promise.allSettled(all.map(arn => takeLock('a1', arn, 'provision-array')))

  const winners = all.filter((_, i) => results[i]?.status === 'fulfilled')
  expect(winners).toEqual([holder()])
  for (const result of results) {
    if (result.status === 'rejected') expect(['LockContended', 'ArrayBusy']).toContain(result.reason.name)
  }
  expect(parameters()).toHaveLength(1)
})

describe('a take-over that was itself cut off', () => {
  /** The lock of one that is gone, and the mark of one that began to take it over and is gone too. */
  async function cutOff(...takers: string[]) {
    let dead = false
    const lab = openLab({
      faults: {
        PutParameter({ Overwrite }) {
          if (dead && Overwrite) throw refusal('InternalServerError')
        },
        DeleteParameter: () => (dead ? {} : undefined),
      },
    })
    const { store, clock } = lab.cloud
    await takeLock('a1', lab.dead('gone'), 'provision-array')
    dead = true
    for (const taker of takers) {
      const arn = lab.running(taker)
      await expect(takeLock('a1', arn, 'x')).rejects.toMatchObject({ name: 'InternalServerError' })
      endExecution(store, arn, { status: 'ABORTED', at: clock.now() })
    }
    dead = false
    return lab
  }

  test('holds nobody up, and leaves nothing once the lock is let go', async () => {
    const { running, holder, parameters } = await cutOff('first', 'second')
    expect(parameters()).toHaveLength(3)
    const mine = running('mine')

    await takeLock('a1', mine, 'provision-array')

    expect(holder()).toBe(mine)
    await releaseLock('a1', mine)
    expect(parameters()).toEqual([])
  })

  test('is succeeded by exactly one of many', async () => {
    const { running, holder } = await cutOff('first', 'second')
    const all = Array.from({ length: 8 }, (_, i) => running(`taker-${i}`))

    const results = await Promise.allSettled(all.map(arn => takeLock('a1', arn, 'provision-array')))

    expect(all.filter((_, i) => results[i]?.status === 'fulfilled')).toEqual([holder()])
  })

  test('is left alone while it goes on, and its own execution may try again', async () => {
    const { running, cloud, holder } = await cutOff('first')
    const theirs = running('theirs')
    const taker = cloud.store
      .list<{ name: string; value: string }>('parameter')
      .find(({ name }) => /takeover/.test(name))
    cloud.store.put('parameter', taker?.name ?? '', { ...taker, value: taker?.value.replace(/:first"/, ':theirs"') })
    const before = holder()

    await expect(takeLock('a1', running('mine'), 'x')).rejects.toMatchObject({ name: 'LockContended' })
    await takeLock('a1', theirs, 'x')

    expect([before === theirs, holder()]).toEqual([false, theirs])
  })
})

test('a service that cannot tell whether the holder runs is no reason to take its lock', async () => {
  const { running, holder } = openLab({
    faults: {
      DescribeExecution: () => {
        throw refusal('ThrottlingException')
      },
    },
  })
  const theirs = running('theirs')
  await takeLock('a1', theirs, 'provision-array')

  await expect(takeLock('a1', running('mine'), 'x')).rejects.toMatchObject({ name: 'ThrottlingException' })
  expect(holder()).toBe(theirs)
})
