import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { virtualClock } from '../../infra/local/clock.ts'

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
