import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { fastClock, virtualClock } from '../../infra/local/clock.ts'

it('lets those who wait beside each other wait once: the time of the longest, not the sum', async () => {
  const clock = virtualClock(0)
  const woken: string[] = []
  const wait = async (name: string, ...times: number[]) => {
    for (const ms of times) {
      await clock.sleep(ms)
      woken.push(`${name} ${clock.now()}`)
    }
  }
  await Promise.all([wait('a', 300), wait('b', 100, 100, 400), wait('c', 200)])
  expect(woken).toEqual(['b 100', 'c 200', 'b 200', 'a 300', 'b 600'])
})

it('does not jump while there is work beside the sleeper', async () => {
  const clock = virtualClock(0)
  const seen: number[] = []
  const asleep = clock.sleep(1000)
  await turn()
  seen.push(clock.now())
  await asleep
  seen.push(clock.now())
  expect(seen).toEqual([0, 1000])
})

it('ends a sleep early when the signal is given', async () => {
  const clock = virtualClock(0)
  const signal = AbortSignal.abort()
  await clock.sleep(1000, signal)
  const abort = new AbortController()
  const asleep = clock.sleep(1000, abort.signal)
  abort.abort()
  await asleep
  expect(clock.now()).toBe(0)
})

it('runs fast from a moment on, and shows what was before at the distance it has', async () => {
  const begun = Date.now()
  const clock = fastClock(Date.UTC(2030, 0, 1), 3_600)
  await clock.sleep(36_000)
  const real = Date.now() - begun
  expect(real).toBeGreaterThanOrEqual(9)
  expect(clock.now()).toBeGreaterThanOrEqual(Date.UTC(2030, 0, 1) + 9 * 3_600)
  expect(clock.at(begun + 1_000_000)).toBeGreaterThan(Date.UTC(2030, 0, 1) + 900_000 * 3_600)
  const dayBefore = clock.at(begun - 86_400_000)
  expect(Date.UTC(2030, 0, 1) - dayBefore).toBeGreaterThanOrEqual(86_400_000)
  expect(Date.UTC(2030, 0, 1) - dayBefore).toBeLessThan(86_500_000)
})
