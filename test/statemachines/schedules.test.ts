/** Schedules over days and weeks of virtual time: the timer's function, the real workflows, machines in memory. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { handler as applySchedules } from '../../functions/apply-schedules.ts'
import { releaseLock, takeLock } from '../../functions/shared/lock.ts'
import type { RequestInput } from '../../functions/shared/request.ts'
import { type Clock, fastClock } from '../../infra/local/clock.ts'
import { loadHandlers } from '../../infra/local/definitions.ts'
import { startInBackground } from '../../infra/local/engine-background.ts'
import { applyEvery } from '../../infra/local/schedules.ts'
import { endExecution, recordExecution } from '../../infra/local/sfn.ts'
import { failing, type LabOptions, openLab } from './lab.ts'

const MINUTE = 60_000
const array = 'star0001'
const officeHours = { start: '0 9 * * 1-5', stop: '0 19 * * 1-5', timezone: 'Asia/Tokyo' }

interface Stage extends LabOptions {
  /** When the arrays are there and the timer begins. Without an offset it is Tokyo's time, as everywhere here. */
  from: string
  requests?: RequestInput[]
  /** A calendar that runs so many times as fast as the machines do. */
  speed?: number
}

const moment = (time: string) => Date.parse(time.length === 16 ? `${time}:00+09:00` : time)
const tokyo = (time: number) => new Date(time + 9 * 60 * MINUTE).toISOString().slice(0, 16)

async function stage({ from, requests = [{ schedule: officeHours }], speed, ...options }: Stage) {
  const lab = openLab(options)
  const { cloud, machines } = lab
  // Before the timer begins: virtual time would run on while a module is being read.
  for (const machine of ['start-array', 'stop-array', 'schedule-array']) await loadHandlers(machine)
  const begin = moment(from)
  lab.clock.advance(begin - lab.clock.now() - 60 * MINUTE)
  const background = startInBackground(cloud)
  for (const request of requests) {
    expect(await lab.run('provision-array', request)).toMatchObject({ status: 'SUCCEEDED' })
  }
  await lab.clock.sleep(begin - lab.clock.now())

  const calendar: Clock = speed ? fastClock(begin, speed, lab.clock) : lab.clock
  /** `stop star0001 2026-03-02T19:00`, in the order in which the timer began them. */
  const begun: string[] = []
  const errors: string[] = []
  const abort = new AbortController()
  const timer = applyEvery(cloud, {
    ...{ clock: calendar, intervalMs: 5 * MINUTE, signal: abort.signal },
    onApplied(applied) {
      for (const { action, array, operation } of applied) {
        if (operation) begun.push(`${action} ${array} ${tokyo(calendar.now())}`)
      }
    },
    onError: error => errors.push(error.message),
  })
  onTestFinished(async () => {
    abort.abort()
    await timer
    await background.idle()
  })
  const states = () => [...machines.machines.values()].map(({ state }) => state)
  const until = (time: string) => calendar.sleep(moment(time) - calendar.now())
  return {
    ...{ ...lab, begun, errors, states, until },
    /** What the machines are at these moments, in one word where they agree. */
    async powerAt(...times: string[]) {
      const seen: string[] = []
      for (const time of times) {
        await until(time)
        seen.push([...new Set(states())].join(' and '))
      }
      return seen
    },
  }
}

describe('from week to week', () => {
  test('an array runs in office hours, also when Berlin’s clocks go forward', { timeout: 60_000 }, async () => {
    const schedule = { start: '0 8 * * 1-5', stop: '0 18 * * 1-5', timezone: 'Europe/Berlin' }
    const { until, begun, errors, powerAt } = await stage({ from: '2026-03-26T12:00Z', requests: [{ schedule }] })

    expect(await powerAt('2026-03-26T16:59Z', '2026-03-26T17:10Z', '2026-03-27T06:59Z', '2026-03-27T07:10Z')).toEqual([
      ...['running', 'stopped', 'stopped', 'running'],
    ])
    expect(await powerAt('2026-03-30T05:59Z', '2026-03-30T06:10Z', '2026-03-30T15:59Z', '2026-03-30T16:10Z')).toEqual([
      ...['stopped', 'running', 'running', 'stopped'],
    ])
    await until('2026-04-02T12:00Z')
    // Tokyo is 8 hours ahead of Berlin in winter and 7 in summer; summer begins on 29 March, a Sunday.
    expect(begun).toEqual([
      'stop star0001 2026-03-27T02:00',
      ...['start star0001 2026-03-27T16:00', 'stop star0001 2026-03-28T02:00'],
      ...['start star0001 2026-03-30T15:00', 'stop star0001 2026-03-31T01:00'],
      ...['start star0001 2026-03-31T15:00', 'stop star0001 2026-04-01T01:00'],
      ...['start star0001 2026-04-01T15:00', 'stop star0001 2026-04-02T01:00'],
      'start star0001 2026-04-02T15:00',
    ])
    expect(errors).toEqual([])
  })

  test('an hour that New York has twice starts it once', { timeout: 60_000 }, async () => {
    const schedule = { start: '30 1 * * *', stop: '0 22 * * *', timezone: 'America/New_York' }
    const { until, begun, run } = await stage({ from: '2026-10-30T12:00Z', requests: [{ schedule }] })

    await until('2026-11-01T05:40Z')
    await run('stop-array', { array })
    await until('2026-11-03T12:00Z')

    // At 05:30Z it is half past one, at 06:30Z again: what a person stopped in between stays stopped.
    expect(begun).toEqual([
      'stop star0001 2026-10-31T11:00',
      ...['start star0001 2026-10-31T14:30', 'stop star0001 2026-11-01T11:00'],
      'start star0001 2026-11-01T14:30',
      ...['start star0001 2026-11-02T15:30', 'stop star0001 2026-11-03T12:00'],
      'start star0001 2026-11-03T15:30',
    ])
  })

  test('on a calendar that runs 60 times as fast the same happens, by the calendar', async () => {
    const { until, begun, run, clock, powerAt } = await stage({ from: '2026-03-02T12:00', speed: 60 })
    const began = clock.now()

    await until('2026-03-03T22:00')
    await run('start-array', { array })
    expect(await powerAt('2026-03-04T08:00', '2026-03-04T18:00', '2026-03-05T02:00')).toEqual([
      ...['running', 'running', 'stopped'],
    ])
    expect(begun).toEqual([
      ...['stop star0001 2026-03-02T19:00', 'start star0001 2026-03-03T09:00', 'stop star0001 2026-03-03T19:00'],
      'stop star0001 2026-03-04T19:00',
    ])
    expect(clock.now() - began).toBe((62 * 60 * MINUTE) / 60)
  })
})

describe('what a person does', () => {
  test('at night, a start, is left alone until the next stop', async () => {
    const { until, begun, run, powerAt } = await stage({ from: '2026-03-02T18:00' })

    await until('2026-03-02T22:03')
    expect(await run('start-array', { array })).toMatchObject({ status: 'SUCCEEDED' })
    expect((await run('inspect-array', { array })).output).toMatchObject({
      next: { action: 'stop', at: '2026-03-03T10:00:00.000Z', because: 'it was started by hand' },
    })

    expect(await powerAt('2026-03-03T03:00', '2026-03-03T18:59', '2026-03-03T19:10')).toEqual([
      ...['running', 'running', 'stopped'],
    ])
    expect(begun).toEqual(['stop star0001 2026-03-02T19:00', 'stop star0001 2026-03-03T19:00'])
  })

  test('by day, a stop, is left alone until the next start', async () => {
    const { until, begun, run, powerAt } = await stage({ from: '2026-03-02T11:00' })

    await until('2026-03-02T12:03')
    expect(await run('stop-array', { array })).toMatchObject({ status: 'SUCCEEDED' })
    expect(await powerAt('2026-03-02T15:00', '2026-03-03T08:59', '2026-03-03T09:10')).toEqual([
      ...['stopped', 'stopped', 'running'],
    ])
    expect(begun).toEqual(['start star0001 2026-03-03T09:00'])
  })

  test('keeping it running until a time holds the stop up till then', async () => {
    const { until, begun, run } = await stage({ from: '2026-03-02T18:00' })

    await run('schedule-array', { array, keepRunningUntil: '2026-03-02T23:32:00+09:00' })
    await until('2026-03-03T12:00')

    expect(begun).toEqual(['stop star0001 2026-03-02T23:35', 'start star0001 2026-03-03T09:00'])
  })

  test('a schedule that is taken away does nothing any more; one that is given acts on what it finds', async () => {
    const { until, begun, run } = await stage({ from: '2026-03-02T18:00' })

    await run('schedule-array', { array, schedule: null })
    await until('2026-03-02T21:02')
    expect(begun).toEqual([])
    await run('schedule-array', { array, schedule: officeHours })
    await until('2026-03-02T22:00')
    expect(begun).toEqual(['stop star0001 2026-03-02T21:05'])
  })
})

describe('what goes wrong', () => {
  test('an array whose calls always fail does not hold up another one, and is told', async () => {
    const broken = ({ Name }: Record<string, unknown>) =>
      Name === '/star/broken' && armed ? failing('InternalServerError', 'SSM is unwell')() : undefined
    let armed = false
    const { until, begun, errors, states } = await stage({
      ...{ from: '2026-03-02T18:58', faults: { GetParameter: broken } },
      requests: ['broken', array].map(name => ({ array: name, schedule: officeHours })),
    })
    armed = true
    await until('2026-03-02T19:12')

    expect(begun).toEqual(['stop star0001 2026-03-02T19:00'])
    expect(states().sort()).toEqual([...Array(3).fill('running'), ...Array(3).fill('stopped')])
    expect(errors).toEqual(Array(4).fill('broken: InternalServerError: SSM is unwell'))
  })

  test('an array that is being changed is left alone, and caught up with afterwards', async () => {
    const { until, begun, cloud, clock } = await stage({ from: '2026-03-02T18:00' })
    const holder = recordExecution(cloud.store, { machine: 'add-luns', name: 'long', input: {}, at: clock.now() })
    await takeLock(array, holder, 'add-luns')

    await until('2026-03-02T19:31')
    expect(begun).toEqual([])
    await releaseLock(array, holder)
    await until('2026-03-02T20:00')
    expect(begun).toEqual(['stop star0001 2026-03-02T19:35'])
  })

  test('a lock that a dead workflow left behind keeps nobody waiting', async () => {
    const { until, begun, cloud, clock, states } = await stage({ from: '2026-03-02T18:00' })
    const holder = recordExecution(cloud.store, { machine: 'add-luns', name: 'dead', input: {}, at: clock.now() })
    await takeLock(array, holder, 'add-luns')
    endExecution(cloud.store, holder, { status: 'ABORTED', at: clock.now() })

    await until('2026-03-02T19:10')
    expect(begun).toEqual(['stop star0001 2026-03-02T19:00'])
    expect(states()).toEqual(Array(3).fill('stopped'))
  })

  test('a start for which EC2 has no room tries for a quarter of an hour, and the next look begins another, until it has', async () => {
    let full = true
    const faults = { StartInstances: () => (full ? failing('InsufficientInstanceCapacity')() : undefined) }
    const { until, begun, powerAt } = await stage({ from: '2026-03-02T18:00', faults })

    await until('2026-03-03T09:37')
    const tried = ['09:00', '09:20'].map(time => `start star0001 2026-03-03T${time}`)
    expect(begun).toEqual(['stop star0001 2026-03-02T19:00', ...tried])
    full = false
    expect(await powerAt('2026-03-03T09:50', '2026-03-03T18:59')).toEqual(['running', 'running'])
    expect(begun.slice(3)).toEqual(['start star0001 2026-03-03T09:40'])
  })

  test('a host that still uses its LUNs keeps the array up at night: nothing is forced', async () => {
    let used = true
    const seen: string[] = []
    const { until, begun, powerAt } = await stage({
      from: '2026-03-02T18:00',
      replies: {
        'quiesce-host': () => (used ? { exitCode: 1, stderr: '/data is in use' } : undefined),
        'stop-cluster': machine => void seen.push(machine.id),
      },
    })

    await until('2026-03-02T19:12')
    expect(begun).toEqual(['19:00', '19:05', '19:10'].map(time => `stop star0001 2026-03-02T${time}`))
    expect(seen).toEqual([])
    used = false
    expect(await powerAt('2026-03-02T19:25')).toEqual(['stopped'])
  })

  test('a machine that goes down by itself in office hours is started again', async () => {
    const { until, begun, machines, states } = await stage({ from: '2026-03-02T11:00' })

    await until('2026-03-02T12:03')
    machines.cut([...machines.machines.keys()][0] ?? '')
    await until('2026-03-02T12:20')
    expect(begun).toEqual(['start star0001 2026-03-02T12:05'])
    expect(states()).toEqual(Array(3).fill('running'))
  })

  test('a timer that goes off twice begins it once', async () => {
    const { until, cloud, clock } = await stage({ from: '2026-03-02T18:00' })
    const holder = recordExecution(cloud.store, { machine: 'add-luns', name: 'long', input: {}, at: clock.now() })
    await takeLock(array, holder, 'add-luns')
    await until('2026-03-02T19:03')
    await releaseLock(array, holder)

    const looks = await Promise.all([1, 2].map(() => applySchedules({}, {} as never)))

    const operation = expect.stringMatching(/^stop-array:star0001-/)
    const because = expect.stringMatching(/^stop-array:star0001-\w+ was begun already$/)
    const [first, second] = looks.flatMap(({ applied }) => applied).sort((a, b) => b.action.localeCompare(a.action))
    expect([first, second]).toEqual([
      { array, action: 'stop', operation },
      { array, action: 'none', because },
    ])
  })
})
