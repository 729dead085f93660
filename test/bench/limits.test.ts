import { expect, test } from 'vitest'
import { leastOf, limitOf, openLimits } from '../../bench/limits.ts'
import { buildAll, figureOf, reportOf, shareOf, tightest } from '../../bench/many.ts'
import { virtualClock } from '../../infra/local/clock.ts'

test('a bucket lets through what it holds, and then what comes in; who was refused five times is told', async () => {
  const clock = virtualClock()
  const limits = openLimits(() => clock)
  const began = clock.now()
  const ends = await Promise.allSettled(Array.from({ length: 200 }, () => limits.pass('RunInstances')))

  const passed = ends.filter(({ status }) => status === 'fulfilled').length
  const seconds = (clock.now() - began) / 1000
  expect(passed).toBeGreaterThan(5)
  expect(passed).toBeLessThanOrEqual(5 + 2 * Math.ceil(seconds))
  expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { name: 'RequestLimitExceeded' } })
  expect(limits.buckets.get('RunInstances')).toMatchObject({ taken: passed })
})

test('reads of parameters share a bucket; what AWS does not publish has none', async () => {
  const limits = openLimits(() => virtualClock())
  for (const command of ['GetParameter', 'GetParametersByPath', 'SendCommand']) await limits.pass(command)

  expect([...limits.buckets].map(([name, { taken }]) => [name, taken])).toEqual([['GetParameter', 2]])
  expect(limitOf('SendCommand')).toBeUndefined()
  expect(leastOf({ size: 5, rate: 2 }, 3000)).toBe(1497.5)
})

test('more arrays than EC2 takes at once are all built, and none is left over', async () => {
  const found = await buildAll(8)

  expect([...found.failures]).toEqual([])
  expect(found.took).toHaveLength(8)
  expect(tightest(found)?.name).toBe('RunInstances')
  expect(found.buckets.get('RunInstances')).toMatchObject({ taken: 24, refused: expect.any(Number) })
  expect(found.buckets.get('RunInstances')?.refused).toBeGreaterThan(0)
  expect(shareOf(found)).toBeLessThanOrEqual(1)
  expect(figureOf({ ...found, took: found.took.slice(1) }).met).toBe(false)
  expect(reportOf(found)).toMatch(/8 were built: .* None failed\./)
})
