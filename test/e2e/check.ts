/** `star check` and `star failover` on machines, while a host writes. */
import { describe, expect, it } from 'vitest'
import type { Check } from '../../functions/judge-array.ts'
import { activeOf, inspect, onNode, type Place, star, starOk } from './star.ts'
import { startWriter } from './writer.ts'

/** The array is up and healthy. `long`: the role also comes back. */
export function checkTests({ array, host, long }: Place & { long: boolean }): void {
  describe('star check and star failover', () => {
    const check = async () => {
      const { status, stdout, stderr } = await star('check', '--json')
      expect(stdout, stderr).toContain('"findings"')
      return { status, ...(JSON.parse(stdout) as Check) }
    }

    it('prove the array while a host writes; a session that is logged out is found, and the remedy is one', async () => {
      const writer = await startWriter(array, host, 'LUN0')
      const { status, findings, tried } = await check()
      expect({ status, findings }).toEqual({ status: 0, findings: [] })
      expect(tried).toEqual({ hosts: 1, luns: tried.luns, paths: 2 * tried.luns, logins: 2 })

      const { name, address } = (await inspect(array)).nodes.find(({ report }) => report?.role === 'STANDBY') ?? {}
      await onNode(array, host, `iscsiadm --mode node --portal ${address}:3260 --logout`)
      expect(await check()).toMatchObject({
        status: 1,
        findings: expect.arrayContaining([
          {
            text: expect.stringMatching(`^${host}: LUN0 has 0 paths through ${name}, not 1 \\(LUN1, .* likewise\\)$`),
            remedy: expect.stringMatching(/^run star start: .* logs hosts in$/),
          },
        ]),
      })
      await starOk('start')
      expect(await check()).toMatchObject({ status: 0, findings: [], tried })
      const { errors, bad } = await writer.stop()
      expect({ errors, bad }).toEqual({ errors: [], bad: [] })
    })

    it('hand the role over while a host writes: no error, nothing lost', async () => {
      const from = (await activeOf(array)).endsWith('1') ? 1 : 2
      const writer = await startWriter(array, host, 'LUN1')
      const failover = async (node: number) =>
        JSON.parse(await starOk('failover', '--to', String(node), '--yes', '--json'))
      const turns = [3 - from, ...(long ? [from] : [])]
      for (const node of turns) {
        await writer.during(`failover to ${node}`, async () => {
          const end = await failover(node)
          expect(end).toEqual({ array, changed: true, active: `${array}-ctl${node}`, seconds: expect.any(Number) })
          console.log(`failover to ${node}: the roles took ${end.seconds} s`)
        })
      }
      const [last = 0] = turns.slice(-1)
      expect(await failover(last)).toMatchObject({ changed: false, active: `${array}-ctl${last}` })
      const { writes, errors, bad } = await writer.stop()
      expect({ errors, bad }).toEqual({ errors: [], bad: [] })
      expect(writes).toBeGreaterThan(100)
    })
  })
}
