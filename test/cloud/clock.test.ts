import { setTimeout as real, setImmediate as turn } from 'node:timers/promises'
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

it('stands still while another process works', async () => {
  const clock = virtualClock(0)
  const asleep = clock.sleep(1000)
  const { promise: work, resolve: end } = Promise.withResolvers<void>()
  const held = clock.during(work)
  await real(20)
  const during = clock.now()
  end()
  await Promise.all([held, asleep])
  expect([during, clock.now()]).toEqual([0, 1000])
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
  const slow = virtualClock(0)
  await slow.sleep(500)
  const fast = fastClock(1_000_000, 60, slow)
  const times = [fast.now()]
  await fast.sleep(60_000)
  times.push(fast.now())
  expect(times).toEqual([1_000_000, 1_060_000])
  expect(slow.now()).toBe(1_500)
  expect([fast.at(0), fast.at(500), fast.at(2_500)]).toEqual([999_500, 1_000_000, 1_120_000])
})
