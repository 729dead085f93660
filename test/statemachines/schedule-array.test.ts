import { expect, test } from 'vitest'
import { readRecord } from '../../functions/shared/record.ts'
import type { RequestInput } from '../../functions/shared/request.ts'
import type { ProgressEvent } from '../../infra/local/engine.ts'
import { untried } from './coverage.ts'
import { failing, type LabOptions, openLab } from './lab.ts'

const array = 'star0001'
const officeHours = { start: '0 9 * * 1-5', stop: '0 19 * * 1-5', timezone: 'Asia/Tokyo' }
const seen: ProgressEvent[] = []

/** The lab's time begins on 2026-01-01, a Thursday, at nine in Tokyo. */
async function built(request: RequestInput = {}, options: LabOptions = {}) {
  const lab = openLab(options)
  const up = await lab.run('provision-array', request)
  expect(up).toMatchObject({ status: 'SUCCEEDED' })
  lab.events.splice(0)
  const schedule = async (input: object) => {
    const result = await lab.run('schedule-array', { array, ...input })
    seen.push(...lab.events.splice(0))
    return result
  }
  const parameters = () => lab.cloud.store.list<{ name: string }>('parameter').map(({ name }) => name)
  return { ...lab, schedule, parameters }
}

test('a schedule in the request is recorded when the array is built, and the status says what it will do', async () => {
  const { run } = await built({ schedule: officeHours })

  expect((await readRecord(array))?.request.schedule).toEqual(officeHours)
  const { output } = await run('inspect-array', { array })
  expect(output).toMatchObject({ next: { action: 'stop', at: '2026-01-01T10:00:00.000Z' } })
})

test('is recorded, told, replaced and removed; the same one again changes nothing', async () => {
  const { schedule, parameters } = await built()
  const { start, timezone } = officeHours

  expect(await schedule({ schedule: officeHours })).toMatchObject({
    status: 'SUCCEEDED',
    output: {
      ...{ array, changed: true, schedule: officeHours, keepRunningUntil: null },
      next: { action: 'stop', at: '2026-01-01T10:00:00.000Z' },
    },
  })
  expect((await schedule({ schedule: officeHours })).output).toMatchObject({ changed: false, schedule: officeHours })
  expect((await schedule({ schedule: { start, timezone } })).output).toEqual({
    ...{ array, changed: true, schedule: { start, timezone }, keepRunningUntil: null, next: null },
  })
  expect((await schedule({ schedule: null })).output).toMatchObject({ changed: true, schedule: null, next: null })
  expect(await readRecord(array)).not.toHaveProperty('request.schedule')
  expect(parameters()).toEqual(['/star/star0001'])
})

test('an exception stands beside the schedule, goes alone or with it, and what is not said stays', async () => {
  const { schedule } = await built({ schedule: officeHours })
  const keepRunningUntil = '2026-01-01T22:00:00+09:00'

  expect((await schedule({ keepRunningUntil })).output).toMatchObject({
    ...{ changed: true, schedule: officeHours, keepRunningUntil },
    next: { action: 'stop', at: '2026-01-01T13:00:00.000Z', because: `it is kept running until ${keepRunningUntil}` },
  })
  expect((await schedule({ schedule: { ...officeHours, start: '0 8 * * *' } })).output).toMatchObject({
    keepRunningUntil,
  })
  expect((await schedule({ keepRunningUntil: null })).output).toMatchObject({
    ...{ changed: true, schedule: { ...officeHours, start: '0 8 * * *' }, keepRunningUntil: null },
  })
  await schedule({ keepRunningUntil })
  expect((await schedule({ schedule: null })).output).toMatchObject({ schedule: null, keepRunningUntil: null })
  expect(await readRecord(array)).not.toHaveProperty('keepRunningUntil')
})

test.each([
  ['an exception in the past', { keepRunningUntil: '2025-12-31T20:00:00Z' }, 'keepRunningUntil: must be in the future'],
  [
    'an exception from a schedule that never stops',
    { schedule: { start: '0 9 * * *' }, keepRunningUntil: '2026-01-02T20:00:00Z' },
    'keepRunningUntil: needs a schedule that stops the array',
  ],
  ['a schedule that is none', { schedule: { start: 'at nine' } }, 'schedule.start: must be minute, hour'],
])('%s is refused, and the record stays as it is', async (_, input, cause) => {
  const { schedule, parameters } = await built({ schedule: officeHours })
  const before = await readRecord(array)

  expect(await schedule(input)).toMatchObject({
    ...{ status: 'FAILED', error: 'RequestRejected', cause: expect.stringContaining(cause) },
  })
  expect(await readRecord(array)).toEqual(before)
  expect(parameters()).toEqual(['/star/star0001'])
})

test('star up with another schedule is told that it is another one', async () => {
  const { schedule, run } = await built({ schedule: officeHours })
  await schedule({ schedule: { ...officeHours, stop: '0 20 * * *' } })

  expect(await run('provision-array', { schedule: officeHours })).toMatchObject({
    error: 'ArrayExists',
    cause: expect.stringContaining('schedule.stop: is 0 20 * * *, asked for 0 19 * * 1-5'),
  })
})

test('an array that is being changed is busy, and a lock that somebody else writes is tried again', async () => {
  let contended = 0
  const { schedule, run, clock } = await built(
    {},
    { faults: { PutParameter: () => (contended-- > 0 ? failing('TooManyUpdates')() : undefined) } },
  )
  const teardown = run('teardown-array', { array })
  await clock.sleep(1_000)
  expect(await schedule({ schedule: officeHours })).toMatchObject({ error: 'ArrayBusy' })
  await teardown
  await run('provision-array', {})
  contended = 1
  expect(await schedule({ schedule: officeHours })).toMatchObject({ status: 'SUCCEEDED' })
})

test('an array that nobody knows has no schedule', async () => {
  const { schedule } = await built()

  expect(await schedule({ array: 'other', schedule: officeHours })).toMatchObject({ error: 'NoSuchArray' })
})

test('an end that cannot be told of is a failure, and so is one that cannot be reported', async () => {
  const told = await built(
    {},
    { faults: { PutEvents: (_, count) => (count === 2 ? failing('Throttled')() : undefined) } },
  )
  expect(await told.schedule({ schedule: officeHours })).toMatchObject({ status: 'FAILED', error: 'Throttled' })

  let broken = false
  const crashes = { 'end-operation': () => (broken ? failing('Lambda.Unknown')() : undefined) }
  const { schedule } = await built({}, { crashes })
  broken = true
  expect(await schedule({ schedule: 5 })).toMatchObject({ status: 'FAILED', error: 'RequestRejected' })
})

test('no state, no catch and no retry was left out', () => {
  expect(untried(seen, 'schedule-array.test.ts')).toEqual({ states: [], catches: [], retries: [] })
})
