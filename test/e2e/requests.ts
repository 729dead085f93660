/** Requests to one array, on machines: two at once, and one by an event. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { home, inspect, type Place, star, starOk } from './star.ts'

export function requestTests({ array }: Place): void {
  describe('an array', () => {
    it('lets one of two through, and says to the other who is at it', async () => {
      const two = await Promise.all(['A', 'B'].map(name => star('lun', 'add', '--name', name, '--size', '32M')))
      expect(two.map(({ status }) => status).sort()).toEqual([0, 1])
      expect(two.find(({ status }) => status === 1)?.stderr).toMatch(
        /ArrayBusy: star0001 is being changed by add-luns since/,
      )
    })

    it('takes LUNs from an event, once', async () => {
      const file = join(home, 'event.json')
      const detail = { array, luns: [{ name: 'fromevent', size: '32M' }] }
      writeFileSync(file, JSON.stringify({ source: 'star.client', 'detail-type': 'LUNs Requested', detail }))
      await starOk('event', file)
      expect((await inspect(array)).request.luns?.map(({ name }) => name)).toContain('fromevent')
      rmSync(file)
    })
  })
}
