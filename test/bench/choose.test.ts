import { expect, it } from 'vitest'
import { tellOf, trialsOf } from '../../bench/array-faults/choose.ts'
import { faults } from '../../bench/array-faults/faults.ts'

const told = (seed: number, count: number) => trialsOf(seed, count).map(tellOf)

it('is the same for the same seed, and another one for another', () => {
  expect(told(7, 30)).toEqual(told(7, 30))
  expect(told(7, 30)).not.toEqual(told(8, 30))
  expect(told(7, 30).slice(0, 3)).toEqual(told(7, 3))
})

it('has every fault once before it has one twice, and some while another is being dealt with', () => {
  const drawn = trialsOf(3, 30).flatMap(({ first, second }) => [first.name, ...(second ? [second.fault.name] : [])])
  expect(new Set(drawn.slice(0, faults.length)).size).toBe(faults.length)
  expect(drawn.length).toBeGreaterThan(32)
})

it('lets each last as long as it may', () => {
  for (const { first, lasts } of trialsOf(5, 200)) {
    const [from, to] = first.lasts ?? [0, 0]
    expect(lasts[0]).toBeGreaterThanOrEqual(from)
    expect(lasts[0]).toBeLessThanOrEqual(to)
  }
})

it('has those alone whose names have certain words', () => {
  expect(new Set(trialsOf(1, 3, 'power cut').map(tellOf))).toEqual(
    new Set(['power cut of ACTIVE', 'power cut of STANDBY', 'power cut of both']),
  )
})
