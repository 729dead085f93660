import { describe, expect, it } from 'vitest'
import { type Count, countsOf, dayOf, figureOf, priceOf } from '../../bench/transitions.ts'

it('counts what a workflow, the workflows it starts, and their functions do', async () => {
  const [built, stopped] = await countsOf([
    ['provision-array', {}],
    ['stop-array', { array: 'star0001' }],
  ])
  expect(built?.transitions).toBeGreaterThan(100)
  // Three instances at least are described and launched; every function is called by a state.
  expect(built?.calls).toBeGreaterThan(20)
  // What watches documents is paid for by its seconds: they are on the way for most of a build.
  expect(built?.watches).toBeGreaterThan(10)
  expect(built?.watchSeconds).toBeGreaterThan(100)
  expect(stopped?.transitions).toBeLessThan(built?.transitions ?? 0)
})

it('ends with the cause of an operation that fails', async () => {
  await expect(countsOf([['stop-array', { array: 'nobody' }]])).rejects.toThrow('stop-array: ')
})

describe('money', () => {
  const count = (operation: string, transitions: number): Count => ({
    operation,
    transitions,
    ...{ watches: 0, watchSeconds: 0, invocations: 0, calls: 0 },
  })
  const counts = [
    count('provision-array', 150),
    count('add-luns', 60),
    count('start-array', 100),
    count('stop-array', 100),
  ]

  it('is what AWS lists for a thousand transitions, a million functions and executions, and their seconds', () => {
    expect(priceOf(count('x', 1000))).toBeCloseTo(0.025)
    const none = count('x', 0)
    expect(priceOf({ ...none, watches: 1e6, watchSeconds: 1e6 })).toBeCloseTo(1 + 1e6 * 0.0625 * 0.00001667)
    expect(priceOf({ ...none, invocations: 1e6 })).toBeCloseTo(0.2 + 1e6 * 0.03 * 0.25 * 0.0000133334)
  })

  it('of a day is a start, a stop and two additions; the goal is met by all three figures or not at all', () => {
    expect(dayOf(counts)).toBeCloseTo((100 + 100 + 60 + 60) * 0.000025)
    expect(figureOf(counts, dayOf(counts))).toEqual({
      figure: 'provision-array 150, add-luns 60, a day $0.0080',
      goal: '150, 60, $0.01',
      met: true,
    })
    expect(figureOf([count('provision-array', 151), ...counts.slice(1)], 0.008).met).toBe(false)
    expect(figureOf(counts, 0.01).met).toBe(false)
  })
})
