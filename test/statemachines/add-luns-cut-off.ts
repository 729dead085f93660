/** An addition that ends half-way, and what completes it. Part of add-luns.test.ts. */
import { describe, expect, test } from 'vitest'
import { add, built, look, machine, names, record, SIX } from './add-luns-lab.ts'

export function cuttingOff(): void {
  describe('cut off half-way', () => {
    const documents = ['create-pool', 'configure-target', 'serve-luns', 'attach-host', 'prove-luns', 'settle-luns']

    test.each(documents)(
      'by a failure of %s: the same request completes it, and adds nothing twice',
      async document => {
        const broken = { now: false }
        const lab = await built({}, { replies: { [document]: () => (broken.now ? { exitCode: 1 } : undefined) } })
        broken.now = true

        const failed = await add(lab)
        broken.now = false
        const left = record(lab).adding
        const { problems } = await look(lab)
        const again = await add(lab)

        expect(failed).toMatchObject({ status: 'FAILED', error: 'DocumentFailed' })
        expect(left).toMatchObject({ after: 6 })
        expect(problems[0]).toBe(
          'star0001: the addition of LUN6 to LUN7 has not ended: ask for it again, or use star up',
        )
        expect(again).toMatchObject({ status: 'SUCCEEDED', output: { changed: true, luns: ['LUN6', 'LUN7'] } })
        expect(names(lab)).toEqual([...SIX, 'LUN6', 'LUN7'])
        expect(await look(lab)).toMatchObject({ healthy: true })
        expect(record(lab).adding).toBeUndefined()
      },
    )

    test.each(documents)(
      'by the loss of ACTIVE under %s: the same request completes it on the other controller',
      async document => {
        const cut = { now: false }
        const lab = await built(
          {},
          {
            replies: {
              [document]: (): undefined => {
                if (!cut.now) return
                cut.now = false
                void lab.clock.sleep(500).then(() => lab.machines.cut(machine(lab, 0)))
              },
            },
          },
        )
        cut.now = true

        const first = await add(lab)
        const again = first.status === 'SUCCEEDED' ? first : await add(lab)

        expect(again).toMatchObject({ status: 'SUCCEEDED', output: { luns: ['LUN6', 'LUN7'] } })
        expect(names(lab)).toEqual([...SIX, 'LUN6', 'LUN7'])
        expect(await look(lab)).toMatchObject({ healthy: true, power: 'running' })
        expect(lab.nodes.sims.get('star0001')?.cluster.active()).toBe('star0001-ctl2')
      },
    )

    test('by the caller, at any of its steps: the same request completes it', async () => {
      const whole = await built()
      let steps = 0
      await whole.run('add-luns', { array: 'star0001', luns: [{ size: '100M' }], key: 'k' }, { onEvent: () => steps++ })
      for (let step = 2; step < steps; step += Math.ceil(steps / 12)) {
        const lab = await built()
        const abort = new AbortController()
        let events = 0
        const onEvent = () => {
          if (++events === step) abort.abort()
        }
        const input = { luns: [{ size: '100M' }], key: 'k' }
        await lab.run('add-luns', { array: 'star0001', ...input }, { signal: abort.signal, onEvent })

        expect(await add(lab, input)).toMatchObject({ status: 'SUCCEEDED' })
        expect([step, names(lab), (await look(lab)).healthy]).toEqual([step, [...SIX, 'LUN6'], true])
      }
    })

    test('another request completes what is left, too, and adds its own after it', async () => {
      const broken = { now: false }
      const lab = await built({}, { replies: { 'configure-target': () => (broken.now ? { exitCode: 1 } : undefined) } })
      broken.now = true
      const first = { luns: [{ size: '100M' }], key: 'first' }
      await add(lab, first)
      broken.now = false

      const other = await add(lab, { luns: [{ name: 'logs', size: '1G' }] })
      const repeated = await add(lab, first)

      expect(other).toMatchObject({ status: 'SUCCEEDED', output: { luns: ['logs'] } })
      expect(repeated).toMatchObject({ status: 'SUCCEEDED', output: { changed: false } })
      expect(names(lab)).toEqual([...SIX, 'LUN6', 'logs'])
    })

    test('a request for what is there completes what another one left, which is not added again', async () => {
      const broken = { now: false }
      const lab = await built({}, { replies: { 'create-pool': () => (broken.now ? { exitCode: 1 } : undefined) } })
      broken.now = true
      await add(lab)
      broken.now = false

      const there = await add(lab, { luns: [{ name: 'LUN0', size: '3G' }] })
      const healthy = (await look(lab)).healthy
      await add(lab)

      expect(there).toMatchObject({ status: 'SUCCEEDED', output: { changed: true, luns: ['LUN0'] } })
      expect(healthy).toBe(true)
      expect(names(lab)).toEqual([...SIX, 'LUN6', 'LUN7'])
    })

    test.each<[string, object]>([
      ['as it was built', {}],
      ['with the LUNs that are to be there', { luns: [{ count: 6 }, { count: 2, size: '100M' }] }],
    ])('star up %s completes it as well', async (_, request) => {
      const broken = { now: false }
      const lab = await built({}, { replies: { 'configure-target': () => (broken.now ? { exitCode: 1 } : undefined) } })
      broken.now = true
      await add(lab)
      broken.now = false

      const up = await lab.run('provision-array', request)
      const again = await add(lab)

      expect(up).toMatchObject({ status: 'SUCCEEDED', output: { inspection: { healthy: true } } })
      expect(again).toMatchObject({ status: 'SUCCEEDED' })
      expect(names(lab)).toEqual([...SIX, 'LUN6', 'LUN7'])
    })
  })
}
