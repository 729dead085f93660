/** A power cut of ACTIVE in mid-addition, on machines, while a host writes. */
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cutPower, home, inspect, onNode, star, starOk } from './star.ts'
import { startWriter } from './writer.ts'

const array = 'star0001'
const host = 'instance-1'

beforeAll(async () => {
  await starOk('up')
})
afterAll(async () => {
  await star('down', '--array', array, '--yes')
  rmSync(home, { recursive: true, force: true })
})

const active = async () => (await inspect(array)).nodes.find(({ report }) => report?.role === 'ACTIVE')?.name ?? ''

describe('while a host writes', () => {
  it('adds once what is asked for twice, and completes what a power cut of ACTIVE left half done', async () => {
    const key = ['--key', 'one']
    const writer = await startWriter(array, host, 'LUN1')
    await writer.during('lun add with a power cut of ACTIVE', async () => {
      const cut = await active()
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
