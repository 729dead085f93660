import { describe, expect, test } from 'vitest'
import { add, built, look, machine, names, openLab, record, SIX, seen, seenBy } from './add-luns-lab.ts'
import { refusing } from './add-luns-refused.ts'
import { untried } from './coverage.ts'
import { failing, type Lab } from './lab.ts'

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
      expect.stringMatching(/^serve-luns star0001-ctl[12]$/),
      expect.stringMatching(/^serve-luns star0001-ctl[12]$/),
      'attach-host instance-1',
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

describe('cut off half-way', () => {
  const documents = ['create-pool', 'configure-target', 'serve-luns', 'attach-host', 'prove-luns', 'settle-luns']

  test.each(documents)('by a failure of %s: the same request completes it, and adds nothing twice', async document => {
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
    expect(problems[0]).toBe('star0001: the addition of LUN6 to LUN7 has not ended: ask for it again, or use star up')
    expect(again).toMatchObject({ status: 'SUCCEEDED', output: { changed: true, luns: ['LUN6', 'LUN7'] } })
    expect(names(lab)).toEqual([...SIX, 'LUN6', 'LUN7'])
    expect(await look(lab)).toMatchObject({ healthy: true })
    expect(record(lab).adding).toBeUndefined()
  })

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

refusing()

describe('on the way', () => {
  test('an array whose power failed as a whole is started, too', async () => {
    const lab = await built()
    for (const id of lab.machines.machines.keys()) lab.machines.cut(id)

    expect(await add(lab)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await look(lab)).toMatchObject({ healthy: true, power: 'running' })
  })

  test('nodes that a power cut or a half stop left off are started first', async () => {
    const capacity = { left: 1 }
    const lab = await built(
      {},
      {
        faults: {
          StartInstances: () => (capacity.left-- > 0 ? failing('InsufficientInstanceCapacity')() : undefined),
        },
      },
    )
    lab.machines.cut(machine(lab, 1))
    lab.machines.cut(machine(lab, 2))

    expect(await add(lab)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await look(lab)).toMatchObject({ healthy: true, power: 'running' })
  })

  test('paths that come late are waited for; paths that never come fail it, and say which', async () => {
    const late = { looks: 0 }
    const lab: Lab = await built(
      {},
      {
        replies: {
          'inspect-host': machine => {
            if (late.looks-- <= 0) return undefined
            const { stdout = '' } = lab.nodes.reply('STAR-inspect-host', {}, machine)
            return { stdout: stdout.replace('"active"', '"failed"') }
          },
        },
      },
    )

    late.looks = 3
    expect(await add(lab)).toMatchObject({ status: 'SUCCEEDED' })
    late.looks = Number.POSITIVE_INFINITY
    const failed = await add(lab)

    expect(failed).toMatchObject({ status: 'FAILED', error: 'VerificationFailed' })
    expect(failed.cause).toContain('instance-1: the path of LUN0 through star0001-ctl1 is failed')
  })

  test.each([
    ['start-nodes', 1],
    ['plan-documents', 1],
    ['assess-array', 1],
    ['assess-array', 2],
    ['complete-addition', 1],
    ['check-input', 1],
  ])(
    'a function that crashes once (%s, call %i) is called again; again and again, it is the cause',
    async (name, call) => {
      const crash = { from: 0, times: 0, calls: 0 }
      const crashes = () => {
        crash.calls++
        const now = crash.calls >= crash.from && crash.calls < crash.from + crash.times
        if (now) failing('Lambda.Unknown', 'it crashed')()
      }
      const lab = await built({}, { crashes: { [name]: crashes } })
      const addWith = async (times: number) => {
        if (name === 'start-nodes') lab.machines.cut(machine(lab, 1))
        Object.assign(crash, { from: call, times, calls: 0 })
        return await add(lab)
      }

      const failed = await addWith(Number.POSITIVE_INFINITY)

      expect(failed).toMatchObject({ status: 'FAILED', error: 'Lambda.Unknown', cause: 'it crashed' })
      expect(lab.cloud.store.list<{ name: string }>('parameter').map(({ name }) => name)).toEqual(['/star/star0001'])
      Object.assign(crash, { times: 0 })
      expect(await lab.run('start-array', { array: 'star0001' })).toMatchObject({ status: 'SUCCEEDED' })
      expect(await addWith(1)).toMatchObject({ status: 'SUCCEEDED' })
    },
  )
})

describe('at the end', () => {
  test('an event that cannot be sent, or a failure that cannot be reported, hides no cause', async () => {
    const silent = await built(
      {},
      { faults: { PutEvents: (_, count) => (count > 1 ? failing('InternalException', 'no bus')() : undefined) } },
    )
    const broken = openLab({ crashes: { 'end-operation': failing('Lambda.Unknown') } })

    expect(await add(silent)).toMatchObject({
      error: 'InternalException',
      cause: 'no bus\nand then the event could not be sent: InternalException: no bus',
    })
    expect(await add(broken, { luns: [] })).toMatchObject({ status: 'FAILED', error: 'RequestRejected' })
  })

  test('a lock that somebody else is writing is tried again', async () => {
    const contended = { left: 0 }
    const lab = await built(
      {},
      { faults: { PutParameter: () => (contended.left-- > 0 ? failing('TooManyUpdates')() : undefined) } },
    )
    contended.left = 1

    expect(await add(lab)).toMatchObject({ status: 'SUCCEEDED' })
  })
})

test('no state, no catch and no retry was left out', () => {
  expect(untried(seen, 'add-luns.test.ts')).toEqual({ states: [], catches: [], retries: [] })
})
