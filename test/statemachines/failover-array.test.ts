/** failover-array: who is ACTIVE after it, what it refuses, how far force goes, and every way to fail. */
import { describe, expect, test } from 'vitest'
import { killedAt, lockOf, look, machineOf, openLab, seen, worksOf } from './array-lab.ts'
import { untried } from './coverage.ts'
import type { LabOptions } from './lab.ts'
import { locksAndEnds } from './operation-end.ts'
import { ctl1, ctl2, eachPath, host, openRebootLab } from './reboot-lab.ts'

const array = 'star0001'
const NEVER = ' (force does not help)'

async function open(options: LabOptions = {}) {
  const bench = await openRebootLab(options)
  const { lab } = bench
  return {
    ...bench,
    failover: (input: object = {}) => lab.run('failover-array', { array, ...input }),
    cluster: lab.nodes.sims.get(array)?.cluster,
  }
}

describe('a healthy array', () => {
  test('is handed over, and handed back by the next call; each says who is ACTIVE and how long it took', async () => {
    const { lab, failover, bootIds } = await open()
    const before = bootIds()

    expect(await failover()).toMatchObject({
      status: 'SUCCEEDED',
      output: { array, changed: true, active: ctl2, seconds: 6 },
    })
    expect(await look(lab)).toMatchObject({ healthy: true })
    expect((await failover()).output).toEqual({ array, changed: true, active: ctl1, seconds: 6 })
    expect(worksOf(lab)).toEqual([`hand-over ${ctl1}`, `hand-over ${ctl2}`])
    expect(bootIds()).toEqual(before)
    expect(lockOf(lab)).toBeUndefined()
  })

  test('is left alone where the controller that is named is ACTIVE already', async () => {
    const { lab, failover } = await open()

    expect((await failover({ to: 1 })).output).toEqual({ array, changed: false, active: ctl1, seconds: 0 })
    expect(worksOf(lab)).toEqual([])
    expect((await failover({ to: 2 })).output).toMatchObject({ changed: true, active: ctl2 })
    expect((await failover({ to: 2 })).output).toMatchObject({ changed: false, active: ctl2 })
    expect(worksOf(lab)).toEqual([`hand-over ${ctl1}`])
    expect(lockOf(lab)).toBeUndefined()
  })

  test('has every path again before it is said to be done', async () => {
    const { lab, lie, failover } = await open()
    const slow = lab.clock.now() + 200_000
    lie('inspect-host', report => {
      if (worksOf(lab).length > 0 && lab.clock.now() < slow) report.luns[3][3][0][2] = 'failed'
    })

    expect(await failover()).toMatchObject({ status: 'SUCCEEDED', output: { active: ctl2 } })
    expect(lab.clock.now()).toBeGreaterThan(slow)
  })
})

type Bench = Awaited<ReturnType<typeof open>>
type Break = (bench: Bench) => unknown

/** By force it goes on. */
const forceable: [string, Break, string][] = [
  [
    'a path through STANDBY is missing on a host, and does not come back',
    ({ lie }) => lie('inspect-host', report => report.luns[2][3][1].splice(2, 1, 'failed')),
    `${host}: the path of LUN2 through ${ctl2} is failed`,
  ],
  [
    'it is not known whether fencing is on',
    ({ lie }) => lie('inspect-controller', report => Object.assign(report, { fencing: 'unknown' })),
    `${ctl1}: fencing is unknown, although it was asked for`,
  ],
  ['a host is off', ({ lab }) => lab.machines.cut(machineOf(lab, host).id), `${host}: the instance is stopped`],
]

const never: [string, Break, string][] = [
  [
    'STANDBY is not in the cluster',
    ({ cluster }) => cluster?.stop(ctl2),
    `${ctl1}: the cluster does not see ${ctl2} online`,
  ],
  [
    'STANDBY has no role',
    ({ lie }) => lie('inspect-controller', (report, name) => name === ctl2 && Object.assign(report, { role: 'none' })),
    `${ctl2}: its role is none, not STANDBY`,
  ],
  [
    'STANDBY does not serve',
    ({ lie }) =>
      lie('inspect-controller', report => report.pool.active || Object.assign(report.target, { serving: false })),
    `${ctl2}: its target does not serve`,
  ],
  ['STANDBY is off', ({ lab }) => lab.machines.cut(machineOf(lab, ctl2).id), `${ctl2}: the instance is stopped`],
  [
    'both are ACTIVE',
    ({ lie }) => lie('inspect-controller', report => Object.assign(report.pool, { active: true })),
    `${ctl1} and ${ctl2}: both are ACTIVE at once`,
  ],
  [
    'more is wrong than the gate could be told of',
    ({ lie }) =>
      lie('inspect-controller', report => {
        for (let i = 0; report.pool.active && i < 201; i++) report.luns.push([`extra${i}`, '36001405x', 100, 0])
      }),
    `${array}: there are more than 200 problems`,
  ],
]

describe('refuses before it touches anything, where', () => {
  test.each(forceable)('%s; force goes on', async (_, breakIt, reason) => {
    const bench = await open()
    await breakIt(bench)

    const { error, cause } = await bench.failover()
    expect([error, cause?.split('\n')]).toEqual(['NotReady', expect.arrayContaining([reason])])
    expect(worksOf(bench.lab)).toEqual([])
    expect(await bench.failover({ force: true })).toMatchObject({ status: 'SUCCEEDED', output: { active: ctl2 } })
  })

  test.each(never)('%s; force does not help', async (_, breakIt, reason) => {
    const bench = await open()
    await breakIt(bench)

    const { error, cause } = await bench.failover({ force: true })
    const reasons = cause?.split('\n') ?? []
    expect([error, reasons]).toEqual(['NotReady', expect.arrayContaining([reason + NEVER])])
    expect(new Set(reasons).size).toBe(reasons.length)
    expect(reasons).not.toContain(reason)
    expect(worksOf(bench.lab)).toEqual([])
    expect(lockOf(bench.lab)).toBeUndefined()
  })

  test('both are ACTIVE, also where it has nothing to do', async () => {
    const { lie, failover } = await open()
    lie('inspect-controller', report => Object.assign(report.pool, { active: true }))

    expect(await failover({ to: 1 })).toMatchObject({ error: 'NotReady' })
  })

  test.each([
    [{ to: 3 }, 'to: must be 1 or 2 (got 3)'],
    [{ to: '2' }, 'to: must be 1 or 2 (got 2)'],
    [{ now: true }, 'now: unknown field'],
  ])('the input is %j', async (input, cause) => {
    expect(await openLab().run('failover-array', { array, ...input })).toMatchObject({
      error: 'RequestRejected',
      cause,
    })
  })

  test('there is no such array, or it is being changed', async () => {
    const lab = openLab()
    expect(await lab.run('failover-array', { array })).toMatchObject({ error: 'NoSuchArray' })
    const first = lab.run('provision-array', {})
    await lab.clock.sleep(10_000)
    expect(await lab.run('failover-array', { array })).toMatchObject({ error: 'ArrayBusy' })
    expect(await first).toMatchObject({ status: 'SUCCEEDED' })
  })
})

describe('half-way', () => {
  test('a hand-over that fails is the cause; the array is as it was, and the next run works', async () => {
    const { lab, failover } = await open({
      replies: { 'hand-over': (_, count) => (count === 1 ? { exitCode: 1, stderr: 'stuck\n' } : undefined) },
    })

    const failed = await failover()

    expect(failed).toMatchObject({ error: 'DocumentFailed' })
    expect(failed.cause).toMatch(new RegExp(`^STAR-hand-over on ${ctl1}: Failed, exit status 1\nstuck\n`))
    expect(await look(lab)).toMatchObject({ healthy: true })
    expect(lockOf(lab)).toBeUndefined()
    expect(await failover()).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('a path that does not come back is named, with who took over', async () => {
    const { lab, lie, failover } = await open()
    const fail = eachPath((path, lun) => lun === 'STAR-LUN3' && path.splice(2, 1, 'failed'))
    lie('inspect-host', (report, name) => worksOf(lab).length > 0 && fail(report, name))

    const { error, cause } = await failover({ force: true })

    expect(error).toBe('DeadlineExceeded')
    expect(cause?.split('\n')).toEqual([
      `waited 600 s for everything to be back after ${ctl2} took over. Missing:`,
      `${host}: the path of LUN3 through ${ctl1} is failed`,
      `${host}: the path of LUN3 through ${ctl2} is failed`,
    ])
    expect(lockOf(lab)).toBeUndefined()
  })

  test('killed at any of its steps, the next run works', async () => {
    const first = await open()
    const before = seen.length
    await first.failover({ to: 2 })
    const steps = seen.slice(before).filter(({ kind }) => kind === 'state-entered').length
    for (let step = 3; step < steps; step += Math.ceil(steps / 6)) {
      const { lab, failover } = await open()
      expect([step, await killedAt(lab, step, 'failover-array', { array, to: 2 })]).toEqual([step, 'ABORTED'])
      expect(await failover({ to: 2 })).toMatchObject({ status: 'SUCCEEDED', output: { active: ctl2 } })
    }
  })

  locksAndEnds('failover-array', async options => (await open(options)).failover)
})

test('no state, no catch and no retry was left out', () => {
  expect(untried(seen, 'failover-array.test.ts')).toEqual({ states: [], catches: [], retries: [] })
})
