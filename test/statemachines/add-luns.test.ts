import { describe, expect, test } from 'vitest'
import { cuttingOff } from './add-luns-cut-off.ts'
import { add, built, look, names, record, SIX, seen, seenBy } from './add-luns-lab.ts'
import { refusing } from './add-luns-refused.ts'
import { comingThrough } from './add-luns-trouble.ts'
import { untried } from './coverage.ts'

describe('on a running array', () => {
  test('LUNs are made, mirrored, found and proven; those that were there keep what they are', async () => {
    const lab = await built()
    const before = structuredClone(lab.nodes.sims.get('star0001')?.luns)

    const result = await add(lab, {
      luns: [
        { count: 2, size: '100M' },
        { name: 'logs', size: '5M' },
      ],
    })

    const output = { array: 'star0001', changed: true, luns: ['LUN6', 'LUN7', 'logs'] }
    expect(result).toMatchObject({ status: 'SUCCEEDED', output })
    const luns = lab.nodes.sims.get('star0001')?.luns ?? []
    expect(luns.slice(0, 6)).toEqual(before)
    expect(luns.slice(6).map(({ name, sizeMiB, isNew }) => [name, sizeMiB, isNew])).toEqual([
      ['LUN6', 100, false],
      ['LUN7', 100, false],
      ['logs', 8, false],
    ])
    expect(await look(lab)).toMatchObject({ healthy: true, problems: [] })
    expect(record(lab).adding).toBeUndefined()
    expect(lab.cloud.store.list<{ name: string }>('parameter').map(({ name }) => name)).toEqual(['/star/star0001'])
  })

  test('documents run in the order that keeps I/O going: pool, target, both controllers, hosts', async () => {
    const lab = await built()
    await add(lab)

    const order = lab.nodes.names().filter(name => !name.startsWith('inspect'))
    expect(order).toEqual([
      'create-pool star0001-ctl1',
      'configure-target star0001-ctl1',
      'attach-host instance-1',
      'serve-luns star0001-ctl1',
      'serve-luns star0001-ctl2',
      'prove-luns instance-1',
      'settle-luns star0001-ctl1',
    ])
    const pool = lab.nodes.ran.find(({ document }) => document === 'create-pool')
    expect(pool?.parameters.luns).toBe(`${SIX.map(name => `${name}=3072`).join(',')},LUN6=100,LUN7=100`)
  })

  test('whose ACTIVE is node 2, they are made there', async () => {
    const lab = await built()
    lab.nodes.sims.get('star0001')?.cluster.handOver('star0001-ctl2')

    expect(await add(lab)).toMatchObject({ status: 'SUCCEEDED' })

    const on = (document: string) => lab.nodes.ran.find(ran => ran.document === document)?.node
    expect(['create-pool', 'configure-target', 'settle-luns'].map(on)).toEqual(Array(3).fill('star0001-ctl2'))
  })

  test('whose pool moved meanwhile, they are made on its new owner', async () => {
    const handOver = { now: false }
    const lab = await built(
      {},
      {
        replies: {
          'create-pool': (): undefined => {
            if (handOver.now) lab.nodes.sims.get('star0001')?.cluster.handOver('star0001-ctl2')
          },
        },
      },
    )
    handOver.now = true

    expect(await add(lab)).toMatchObject({ status: 'SUCCEEDED' })

    expect(lab.nodes.names().filter(name => name.startsWith('create-pool'))).toEqual([
      'create-pool star0001-ctl1',
      'create-pool star0001-ctl2',
    ])
  })

  test('up to 256 LUNs', async () => {
    const lab = await built({ disks: { size: '100G' } })

    const result = await add(lab, { luns: [{ count: 250, size: '512M' }] })

    expect(result).toMatchObject({ status: 'SUCCEEDED' })
    expect((result.output as { luns: string[] }).luns).toHaveLength(250)
    expect(names(lab)).toHaveLength(256)
    expect(await seenBy(lab, 'instance-1')).toHaveLength(256)
  })
})

describe('who sees them', () => {
  const hosts = [{ name: 'all-1' }, { name: 'all-2' }, { name: 'few', luns: ['LUN0'] }]

  test('without hosts: those that see all', async () => {
    const lab = await built({ hosts, luns: [{ count: 2 }] })
    await add(lab, { luns: [{ size: '100M' }] })

    expect(await seenBy(lab, 'all-2')).toEqual(['STAR-LUN0', 'STAR-LUN1', 'STAR-LUN2'])
    expect(await seenBy(lab, 'few')).toEqual(['STAR-LUN0'])
  })

  test('with hosts: they alone; who saw all goes on seeing what it saw', async () => {
    const lab = await built({ hosts, luns: [{ count: 2 }] })
    await add(lab, { luns: [{ size: '100M' }], hosts: ['all-2', 'few'] })

    expect(await seenBy(lab, 'all-1')).toEqual(['STAR-LUN0', 'STAR-LUN1'])
    expect(await seenBy(lab, 'all-2')).toEqual(['STAR-LUN0', 'STAR-LUN1', 'STAR-LUN2'])
    expect(await seenBy(lab, 'few')).toEqual(['STAR-LUN0', 'STAR-LUN2'])
    expect(record(lab).request.hosts.map(({ luns }: { luns: unknown }) => luns)).toEqual([
      ['LUN0', 'LUN1'],
      'all',
      ['LUN0', 'LUN2'],
    ])
  })
})

describe('the same twice', () => {
  test.each<[string, object]>([
    ['the same key', { luns: [{ count: 2, size: '100M' }], key: 'order-66' }],
    [
      'the same names and sizes',
      {
        luns: [
          { name: 'a', size: '1G' },
          { name: 'b', size: '100M' },
        ],
      },
    ],
  ])('%s adds once', async (_, input) => {
    const lab = await built()
    const first = await add(lab, input)
    const there = names(lab)
    const ran = lab.nodes.ran.length

    const second = await add(lab, input)

    expect(first).toMatchObject({ status: 'SUCCEEDED', output: { changed: true } })
    expect(second).toMatchObject({ status: 'SUCCEEDED', output: { array: 'star0001', changed: false } })
    expect(there).toHaveLength(8)
    expect(names(lab)).toEqual(there)
    expect(
      lab.nodes
        .names()
        .slice(ran)
        .filter(name => !name.startsWith('inspect')),
    ).toEqual([])
  })

  test('another key, and no key, are other requests', async () => {
    const lab = await built()
    const luns = [{ size: '100M' }]
    for (const more of [{ key: 'a' }, { key: 'b' }, {}]) await add(lab, { luns, ...more })

    expect(names(lab)).toEqual([...SIX, 'LUN6', 'LUN7', 'LUN8'])
  })

  test('two at once: one runs, the other is told who holds the array', async () => {
    const lab = await built()
    const running = lab.run('add-luns', { array: 'star0001', luns: [{ size: '100M' }] }, { name: 'winner' })
    await lab.clock.sleep(1_000)

    const late = await add(lab)

    expect(late).toMatchObject({ status: 'FAILED', error: 'ArrayBusy' })
    expect(late.cause).toMatch(/^star0001 is being changed by add-luns since .*execution:add-luns:winner\)$/)
    expect(await running).toMatchObject({ status: 'SUCCEEDED' })
    expect(names(lab)).toEqual([...SIX, 'LUN6'])
  })
})

cuttingOff()

refusing()

comingThrough()

test('no state, no catch and no retry was left out', () => {
  expect(untried(seen, 'add-luns.test.ts')).toEqual({ states: [], catches: [], retries: [] })
})
