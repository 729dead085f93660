/** A power cut of ACTIVE in mid-addition, on machines, while a host writes. */
import { beforeAll, describe, expect, it } from 'vitest'
import { activeOf, cutPower, inspect, onNode, star, starOk } from './star.ts'
import { startWriter } from './writer.ts'

const array = 'star0001'
const host = 'instance-1'

beforeAll(() => starOk('up'))
describe('while a host writes', () => {
  it('adds once what is asked for twice, and completes what a power cut of ACTIVE left half done', async () => {
    const key = ['--key', 'one']
    const writer = await startWriter(array, host, 'LUN1')
    await writer.during('lun add with a power cut of ACTIVE', async () => {
      const cut = await activeOf(array)
      const adding = star('lun', 'add', '--count', '3', '--size', '64M', ...key)
      await expect
        .poll(() => onNode(array, cut, 'lvs --noheadings -o lv_name STARpool'), { timeout: 180_000, interval: 500 })
        .toContain('LUN20')
      await cutPower(array, cut)
      await adding
      await starOk('lun', 'add', '--count', '3', '--size', '64M', '--key', 'two')
    })
    const { errors, bad } = await writer.stop()
    expect({ errors, bad }).toEqual({ errors: [], bad: [] })
    expect(await starOk('lun', 'add', '--count', '3', '--size', '64M', '--key', 'two')).toContain('nothing was changed')
    const { healthy, request } = await inspect(array)
    expect({ healthy, luns: request.luns?.reduce((sum, { count = 1 }) => sum + count, 0) }).toEqual({
      healthy: true,
      luns: 21,
    })
  })
})
