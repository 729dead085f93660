/** A power cut of ACTIVE in mid-addition, on machines, while a host writes. */
import { describe, expect, it } from 'vitest'
import { activeOf, cutPower, inspect, onNode, type Place, star, starOk } from './star.ts'
import { startWriter } from './writer.ts'

/** The array is up and healthy, and its LUNs have no names of their own. */
export function powerCutTests({ array, host }: Place): void {
  describe('a power cut', () => {
    it('lun add adds once what is asked for twice, and completes what a power cut of ACTIVE left half done', async () => {
      const add = (key: string) => ['lun', 'add', '--count', '3', '--size', '64M', '--key', key]
      const count = async () => (await inspect(array)).request.luns?.reduce((sum, { count = 1 }) => sum + count, 0) ?? 0
      const before = await count()
      let key = 'one'
      const writer = await startWriter(array, host, 'LUN1')
      await writer.during('lun add with a power cut of ACTIVE', async () => {
        const cut = await activeOf(array)
        const adding = star(...add(key))
        await expect
          .poll(() => onNode(array, cut, 'lvs --noheadings -o lv_name STARpool'), { timeout: 180_000, interval: 500 })
          .toContain(`LUN${before + 2}`)
        await cutPower(array, cut)
        // Whether it comes through depends on the step the cut falls into. Where it doesn't, another request completes it.
        if ((await adding).status !== 0) {
          key = 'two'
          await starOk(...add(key))
        }
      })
      const { errors, bad } = await writer.stop()
      expect({ errors, bad }).toEqual({ errors: [], bad: [] })
      expect(await starOk(...add(key))).toContain('nothing was changed')
      expect({ healthy: (await inspect(array)).healthy, luns: await count() }).toEqual({
        healthy: true,
        luns: before + 3,
      })
    })
  })
}
