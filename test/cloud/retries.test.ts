import { expect, it } from 'vitest'
import { retriesOf } from '../../infra/local/engine-retries.ts'

it('waits longer each time, up to its most, and gives up after as many tries as its retrier has', () => {
  const retries = retriesOf([{ ErrorEquals: ['Busy'], IntervalSeconds: 2, MaxAttempts: 4, MaxDelaySeconds: 10 }])
  const waits = Array.from({ length: 6 }, () => retries.failed('Busy'))
  expect(waits).toEqual([2000, 4000, 8000, 10_000, undefined, 2000])
})

it('counts for each retrier by itself, and anew after a success', () => {
  const retries = retriesOf([
    { ErrorEquals: ['Busy'] },
    { ErrorEquals: ['States.ALL'], MaxAttempts: 1, IntervalSeconds: 5 },
  ])
  expect(['Busy', 'Other', 'Busy'].map(retries.failed)).toEqual([1000, 5000, 2000])
  retries.succeeded()
  expect(retries.failed('Busy')).toBe(1000)
  expect(retriesOf().failed('Busy')).toBeUndefined()
})

it('takes any part of the time where jitter is full', () => {
  const retrier = {
    ErrorEquals: ['Busy'],
    JitterStrategy: 'FULL',
    MaxAttempts: 1000,
    BackoffRate: 1,
    IntervalSeconds: 10,
  }
  const { failed } = retriesOf([retrier])
  const waits = Array.from({ length: 1000 }, () => failed('Busy') ?? Number.NaN)
  expect(Math.max(...waits)).toBeLessThanOrEqual(10_000)
  expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(9000)
})
