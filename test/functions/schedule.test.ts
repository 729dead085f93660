import { describe, expect, test } from 'vitest'
import type { ArrayRecord } from '../../functions/shared/record.ts'
import { acceptRequest } from '../../functions/shared/request.ts'
import { decide, nextAction, type Situation, situationOf } from '../../functions/shared/schedule.ts'

const tokyo = { start: '0 9 * * 1-5', stop: '0 19 * * 1-5', timezone: 'Asia/Tokyo' }
/** 2026-11-23 is a Monday. */
const at = (time: string) => Date.parse(time.length === 16 ? `${time}:00+09:00` : time)
const iso = (time: string) => new Date(at(time)).toISOString()

type Node = Situation['nodes'][number]
const running = (launched: string): Node => ({ state: 'running', launchedAt: at(launched) })
const stopped = (launched: string, by?: string): Node => ({
  ...running(launched),
  state: 'stopped',
  ...(by && { stoppedAt: at(by) }),
})
const situation = (now: string, nodes: Node[], more: Partial<Situation> = {}): Situation => ({
  now: at(now),
  schedule: tokyo,
  nodes,
  ...more,
})

const sunday = '2026-11-22T12:00'
const [morning, evening] = ['2026-11-23T09:00', '2026-11-23T19:00']

describe('decide', () => {
  test('stops what runs from the minute of the stop on, and not before', () => {
    expect(decide(situation('2026-11-23T18:59', [running(morning)]))).toEqual({ action: 'none' })
    expect(decide(situation(evening, [running(morning)]))).toEqual({ action: 'stop', due: at(evening) })
    expect(decide(situation('2026-11-24T03:00', [running(morning)]))).toEqual({ action: 'stop', due: at(evening) })
  })

  test('starts what is down from the minute of the start on, and not before', () => {
    const nodes = [stopped('2026-11-20T09:00', '2026-11-20T19:01')]
    expect(decide(situation('2026-11-23T08:59', nodes))).toEqual({ action: 'none' })
    expect(decide(situation(morning, nodes))).toEqual({ action: 'start', due: at(morning) })
    expect(decide(situation('2026-11-23T15:00', nodes))).toEqual({ action: 'start', due: at(morning) })
  })

  test('a week-end has no boundary: Friday’s stop counts until Monday', () => {
    expect(decide(situation(sunday, [running('2026-11-20T09:00')]))).toEqual({
      action: 'stop',
      due: at('2026-11-20T19:00'),
    })
  })

  test.each([
    ['a machine that is on its way up runs', 'pending', 'stop'],
    ['a machine that is on its way down does not', 'stopping', 'none'],
  ])('%s', (_, state, action) => {
    expect(decide(situation('2026-11-23T20:00', [{ ...running(morning), state }]))).toMatchObject({ action })
  })

  test('begins no stop that may not end before the next start: a person would seem to have stopped it by day', () => {
    const late = (now: string) => decide(situation(now, [running(morning)]))
    expect(late('2026-11-24T08:45')).toMatchObject({ action: 'stop' })
    expect(late('2026-11-24T08:46')).toEqual({
      action: 'none',
      because: 'it is started again at 2026-11-24 09:00 (Asia/Tokyo)',
    })
  })

  test('goes on with a stop that was cut off, and with a start that was', () => {
    const half = [stopped(morning, '2026-11-23T19:01'), running(morning)]
    expect(decide(situation('2026-11-23T19:10', half))).toMatchObject({ action: 'stop' })
    const begun = [running('2026-11-24T09:01'), stopped(morning, '2026-11-23T19:01')]
    expect(decide(situation('2026-11-24T09:10', begun))).toMatchObject({ action: 'start' })
  })

  test('leaves alone what a person started at night, until the next stop', () => {
    const nodes = [running('2026-11-23T22:00'), running('2026-11-23T22:01')]
    expect(decide(situation('2026-11-23T23:00', nodes))).toEqual({ action: 'none', because: 'it was started by hand' })
    expect(decide(situation('2026-11-24T19:00', nodes))).toMatchObject({ action: 'stop' })
  })

  test('one machine that was started at night is no reason to let the others run', () => {
    const nodes = [running('2026-11-23T22:00'), running(morning)]
    expect(decide(situation('2026-11-23T23:00', nodes))).toMatchObject({ action: 'stop' })
  })

  test('leaves alone what a person stopped by day, until the next start', () => {
    const nodes = [stopped(morning, '2026-11-23T12:00'), running(morning)]
    expect(decide(situation('2026-11-23T13:00', nodes))).toEqual({ action: 'none', because: 'it was stopped by hand' })
    expect(decide(situation('2026-11-24T09:00', nodes))).toMatchObject({ action: 'start' })
  })

  test('starts again what went down by itself', () => {
    expect(decide(situation('2026-11-23T13:00', [stopped(morning), running(morning)]))).toMatchObject({
      action: 'start',
    })
  })

  test('an exception holds a stop up, never a start, and ends by itself', () => {
    const keep = { keepRunningUntil: '2026-11-23T22:00:00+09:00' }
    expect(decide(situation('2026-11-23T21:59', [running(morning)], keep))).toEqual({
      action: 'none',
      because: 'it is kept running until 2026-11-23T22:00:00+09:00',
    })
    expect(decide(situation('2026-11-23T22:00', [running(morning)], keep))).toMatchObject({ action: 'stop' })
    expect(decide(situation('2026-11-23T12:00', [stopped(morning)], keep))).toMatchObject({ action: 'start' })
  })

  test('an array without machines is left alone', () => {
    expect(decide(situation('2026-11-23T20:00', []))).toEqual({ action: 'none' })
    expect(decide(situation('2026-11-23T10:00', []))).toEqual({ action: 'none' })
  })

  test('a schedule may only stop, or only start', () => {
    const { start, stop, timezone } = tokyo
    const night = situation('2026-11-23T20:00', [running(morning)])
    expect(decide({ ...night, schedule: { stop, timezone } })).toMatchObject({ action: 'stop' })
    expect(decide({ ...night, schedule: { start, timezone } })).toEqual({ action: 'none' })
  })

  test('a start at the same moment as a stop wins', () => {
    const schedule = { start: '0 9 * * *', stop: '0 9 * * *', timezone: 'Asia/Tokyo' }
    expect(decide(situation(morning, [stopped(sunday)], { schedule }))).toMatchObject({ action: 'start' })
    expect(decide(situation(morning, [running(sunday)], { schedule }))).toEqual({ action: 'none' })
  })
})

/** All starts, or all stops, of a schedule from one moment to another, as `decide` sees them from minute to minute. */
function dues(cron: string, timezone: string, from: string, to: string): string[] {
  const found: string[] = []
  for (let now = Date.parse(from); now <= Date.parse(to); now += 60_000) {
    const decision = decide({ now, schedule: { start: cron, timezone }, nodes: [stopped('2020-01-01T00:00')] })
    if (decision.action === 'start' && decision.due === now) found.push(new Date(now).toISOString().slice(0, 16))
  }
  return found
}

describe('where clocks change', () => {
  test.each([
    [
      'an hour that is skipped happens right after the gap',
      ...['30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', '2026-03-30T12:00Z'],
      ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30'],
    ],
    [
      'an hour that comes twice counts once',
      ...['30 2 * * *', 'Europe/Berlin', '2026-10-24T00:00Z', '2026-10-26T12:00Z'],
      ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    [
      'one in a list of hours is not lost either',
      ...['30 2,14 * * *', 'Europe/Berlin', '2026-03-28T20:00Z', '2026-03-29T20:00Z'],
      ['2026-03-29T01:00', '2026-03-29T12:30'],
    ],
    [
      'nine o’clock stays nine o’clock in spring',
      ...['0 9 * * *', 'America/New_York', '2026-03-07T00:00Z', '2026-03-09T20:00Z'],
      ['2026-03-07T14:00', '2026-03-08T13:00', '2026-03-09T13:00'],
    ],
    [
      'nine o’clock stays nine o’clock in autumn',
      ...['0 9 * * *', 'America/New_York', '2026-10-31T00:00Z', '2026-11-02T20:00Z'],
      ['2026-10-31T13:00', '2026-11-01T14:00', '2026-11-02T14:00'],
    ],
  ] as [string, string, string, string, string, string[]][])('%s', (_, cron, timezone, from, to, expected) => {
    expect(dues(cron, timezone, from, to)).toEqual(expected)
  })
})

describe('nextAction', () => {
  const ask = (now: string, nodes: Node[], more: Partial<Situation> = {}) => nextAction(situation(now, nodes, more))

  test('is the next stop of what runs, and the next start of what is down', () => {
    expect(ask('2026-11-23T12:00', [running(morning)])).toEqual({ action: 'stop', at: iso(evening) })
    expect(ask('2026-11-23T22:00', [stopped(morning, evening)])).toEqual({
      action: 'start',
      at: iso('2026-11-24T09:00'),
    })
    expect(ask('2026-11-20T22:00', [stopped('2026-11-20T09:00', '2026-11-20T19:00')])).toEqual({
      action: 'start',
      at: iso(morning),
    })
  })

  test('is now where something is due, and says since when', () => {
    expect(ask('2026-11-23T21:00', [running(morning)])).toEqual({
      action: 'stop',
      at: iso('2026-11-23T21:00'),
      because: 'due since 2026-11-23 19:00 (Asia/Tokyo)',
    })
  })

  test('skips what a person wanted otherwise, and says so', () => {
    expect(ask('2026-11-23T23:00', [running('2026-11-23T22:00')])).toEqual({
      action: 'stop',
      at: iso('2026-11-24T19:00'),
      because: 'it was started by hand',
    })
    expect(ask('2026-11-23T13:00', [stopped(morning, '2026-11-23T12:00')])).toEqual({
      action: 'start',
      at: iso('2026-11-24T09:00'),
      because: 'it was stopped by hand',
    })
  })

  test('comes when an exception ends, or with the stop after it', () => {
    const until = (keepRunningUntil: string) => ({ keepRunningUntil })
    const late = '2026-11-23T22:00:00+09:00'
    expect(ask('2026-11-23T20:00', [running(morning)], until(late))).toEqual({
      action: 'stop',
      at: new Date(late).toISOString(),
      because: `it is kept running until ${late}`,
    })
    expect(ask('2026-11-23T12:00', [running(morning)], until('2026-11-24T12:00:00+09:00'))).toEqual({
      action: 'stop',
      at: iso('2026-11-24T19:00'),
      because: 'it is kept running until 2026-11-24T12:00:00+09:00',
    })
    expect(ask('2026-11-23T12:00', [running(morning)], until('2026-11-23T10:00:00+09:00'))).toEqual({
      action: 'stop',
      at: iso(evening),
    })
  })

  test('is nothing where a schedule has nothing to say', () => {
    const schedule = { start: '0 9 * * *', timezone: 'Asia/Tokyo' }
    expect(ask('2026-11-23T12:00', [running(morning)], { schedule })).toBeUndefined()
  })
})

test('there is nothing to decide while an array is being built, or without a schedule', () => {
  const record = (state: ArrayRecord['state'], input: object): ArrayRecord => ({ state, request: acceptRequest(input) })
  expect(situationOf(record('building', { schedule: tokyo }), [], 0)).toBeUndefined()
  expect(situationOf(record('ready', {}), [], 0)).toBeUndefined()
  expect(situationOf(record('ready', { schedule: tokyo }), [], 0)).toMatchObject({ now: 0, schedule: tokyo })
})
