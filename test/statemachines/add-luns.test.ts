import { describe, expect, test } from 'vitest'
import type { Inspection } from '../../functions/shared/inspection.ts'
import type { RequestInput } from '../../functions/shared/request.ts'
import type { ProgressEvent } from '../../infra/local/engine.ts'
import { untried } from './coverage.ts'
import { failing, type Lab, type LabOptions, openLab as open } from './lab.ts'

const seen: ProgressEvent[] = []

function openLab(options: LabOptions = {}) {
  const lab = open(options)
  const run: typeof lab.run = async (...args) => {
    const result = await lab.run(...args)
    seen.push(...lab.events.splice(0))
    return result
  }
  return { ...lab, run }
}

async function built(request: RequestInput = {}, options: LabOptions = {}): Promise<Lab> {
  const lab = openLab(options)
  expect(await lab.run('provision-array', request)).toMatchObject({ status: 'SUCCEEDED' })
  lab.nodes.ran.length = 0
  return lab
}

const add = (lab: Lab, input: object = { luns: [{ count: 2, size: '100M' }] }) =>
  lab.run('add-luns', { array: 'star0001', ...input })
const look = async (lab: Lab) => (await lab.run('inspect-array', { array: 'star0001' })).output as Inspection
const names = (lab: Lab) => lab.nodes.sims.get('star0001')?.luns.map(({ name }) => name)
const seenBy = async (lab: Lab, host: string) =>
  ((await look(lab)).nodes.find(({ name }) => name === host)?.report as { luns: [string][] } | undefined)?.luns.map(
    ([name]) => name,
  )
const record = (lab: Lab) =>
  JSON.parse(lab.cloud.store.get<{ value: string }>('parameter', '/star/star0001')?.value ?? '{}')
const machine = (lab: Lab, index: number) => [...lab.machines.machines.keys()][index] ?? ''
const SIX = ['LUN0', 'LUN1', 'LUN2', 'LUN3', 'LUN4', 'LUN5']

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
    ['the same key', { luns: [{ count: 2, size: '100M' }], key: 'order 66'.replace(' ', '-') }],
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
    const again = await add(lab)

    expect(failed).toMatchObject({ status: 'FAILED', error: 'DocumentFailed' })
    expect(left).toMatchObject({ after: 6 })
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

  test('star up with the LUNs that are there completes it as well', async () => {
    const broken = { now: false }
    const lab = await built({}, { replies: { 'configure-target': () => (broken.now ? { exitCode: 1 } : undefined) } })
    broken.now = true
    await add(lab)
    broken.now = false

    const up = await lab.run('provision-array', { luns: [{ count: 6 }, { count: 2, size: '100M' }] })
    const again = await add(lab)

    expect(up).toMatchObject({ status: 'SUCCEEDED', output: { inspection: { healthy: true } } })
    expect(again).toMatchObject({ status: 'SUCCEEDED' })
    expect(names(lab)).toEqual([...SIX, 'LUN6', 'LUN7'])
  })
})

describe('refused before the first change', () => {
  const unchanged = async (lab: Lab, input: object, ...problems: string[]) => {
    const before = record(lab)
    const result = await add(lab, input)
    expect(result).toMatchObject({ status: 'FAILED', error: 'RequestRejected' })
    expect(result.cause?.split('\n')).toEqual(problems)
    expect(record(lab)).toEqual(before)
    expect(lab.nodes.names().filter(name => !name.startsWith('inspect'))).toEqual([])
  }
  const one = [{ size: '100M' }]
  const POOL = '2 x 10 GiB hold 20468 MiB'

  test.each<[string, object, string[]]>([
    ['no LUN', { luns: [] }, ['luns: must list 1 LUN or more']],
    [
      'a size that is none',
      { luns: [{ size: '1 GB' }] },
      ['luns[0].size: must be a size such as 3072M, 3G or 1T (got 1 GB)'],
    ],
    ['an unknown field', { luns: one, force: true }, ['force: unknown field']],
    [
      'a name for many',
      { luns: [{ name: 'a', count: 3 }] },
      Array(2).fill('luns[0].count: only one LUN can have a name that is said (got a)'),
    ],
    ['a name twice', { luns: [{ name: 'a' }, { name: 'a' }] }, ['luns[1].name: two LUNs have the same name (got a)']],
    ['a reserved name', { luns: [{ name: 'HD140283', size: '4M' }] }, ['luns: this name is reserved (got HD140283)']],
    [
      'another size for a LUN that is there',
      { luns: [{ name: 'LUN0', size: '1G' }] },
      ['luns[0].size: LUN0 is there with 3072 MiB, and its size is not changed here (got 1024 MiB)'],
    ],
    [
      'a host that is none',
      { luns: one, hosts: ['db'] },
      ['hosts[0]: must be a host of the array: instance-1 (got db)'],
    ],
    ['too many', { luns: [{ size: '4M', count: 251 }] }, ['luns: at most 256 LUNs (got 257)']],
    ['too much', { luns: [{ size: '3G' }] }, [`luns: LUNs must fit in the pool: ${POOL} (got 21504 MiB)`]],
  ])('%s', async (_, input, problems) => {
    await unchanged(await built(), input, ...problems)
  })

  test('LUNs that nobody would see, or that another host has', async () => {
    const lab = await built({ hosts: [{ luns: ['LUN0'] }, { luns: ['LUN1'] }] })

    await unchanged(lab, { luns: one }, 'hosts: must say who may see them: no host of this array sees all LUNs')
    await unchanged(
      lab,
      { luns: [{ name: 'LUN0' }], hosts: ['instance-1', 'instance-2'] },
      'hosts[1]: LUN0 is there already, and this host does not see it (got instance-2)',
    )
  })

  test('more than the pool really has free', async () => {
    const say = { less: false }
    const lab: Lab = await built(
      {},
      {
        replies: {
          'inspect-controller': machine => {
            if (!say.less) return undefined
            const { stdout = '' } = lab.nodes.reply('STAR-inspect-controller', {}, machine)
            return { stdout: stdout.replace(/"freeMiB":\d+/, '"freeMiB":64') }
          },
        },
      },
    )

    say.less = true
    await unchanged(
      lab,
      { luns: one },
      'luns: LUNs must fit in what the pool on star0001-ctl1 has free: 64 MiB (got 100 MiB)',
    )
  })

  test('what would not fit in the record', async () => {
    const hosts = ['instance-1', 'instance-2', 'instance-3', 'instance-4', 'instance-5']
    const lab = await built({ disks: { size: '100G' }, hosts: hosts.map(() => ({ luns: ['LUN0'] })) })

    await unchanged(
      lab,
      { luns: [{ size: '4M', count: 200 }], hosts },
      ...[expect.stringMatching(/^\(request\): must fit in its record, at most 7,500 characters when shortened/)],
    )
  })

  test('an array that is not there, not built, or stopped', async () => {
    const nowhere = await add(openLab())
    const half = openLab({ replies: { 'form-cluster': () => ({ exitCode: 1 }) } })
    await half.run('provision-array', { keepOnFailure: true })
    half.nodes.ran.length = 0
    const stopped = await built()
    for (const id of stopped.machines.machines.keys()) stopped.machines.cut(id)

    expect(nowhere).toMatchObject({ error: 'NoSuchArray', cause: 'there is no array named star0001' })
    await unchanged(half, { luns: one }, 'array: it has not been built to its end: star up completes it')
    await unchanged(stopped, { luns: one }, 'array: it is stopped: star start comes first')
  })

  test('a controller that does not answer, once it had time to', async () => {
    const lab = await built()
    Object.assign(lab.machines.machines.get(machine(lab, 1)) ?? {}, { onlineAt: Number.POSITIVE_INFINITY })

    await unchanged(lab, { luns: one }, expect.stringMatching(/^array: star0001-ctl2 does not answer: waited 20 s/))
  })

  test('an instance that is gone', async () => {
    const lab = await built({}, {})
    const { TerminateInstancesCommand } = await import('@aws-sdk/client-ec2')
    await lab.cloud.ec2.send(new TerminateInstancesCommand({ InstanceIds: [machine(lab, 1)] }))

    await unchanged(lab, { luns: one }, 'array: there is no instance star0001-ctl2: star up makes it anew')
  })

  test('a pool that is active on both controllers, or on none', async () => {
    const say = { active: undefined as boolean | undefined }
    const lab: Lab = await built(
      {},
      {
        replies: {
          'inspect-controller': machine => {
            if (say.active === undefined) return undefined
            const { stdout = '' } = lab.nodes.reply('STAR-inspect-controller', {}, machine)
            return { stdout: stdout.replace(/"pool":\{"active":\w+/, `"pool":{"active":${say.active}`) }
          },
        },
      },
    )

    say.active = true
    await unchanged(
      lab,
      { luns: one },
      'array: the pool is active on both controllers at once: stop one of them before anything else',
    )
    say.active = false
    await unchanged(lab, { luns: one }, 'array: the pool is active on no controller')
  })
})

describe('on the way', () => {
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
  ])('a function that crashes (%s, call %i) is the cause, and the lock is let go', async (name, call) => {
    const crash = { in: Number.POSITIVE_INFINITY }
    const lab = await built(
      {},
      { crashes: { [name]: () => (--crash.in === 0 ? failing('Lambda.Unknown', 'it crashed')() : undefined) } },
    )
    if (name === 'start-nodes') lab.machines.cut(machine(lab, 1))
    crash.in = call

    const result = await add(lab)

    expect(result).toMatchObject({ status: 'FAILED', error: 'Lambda.Unknown', cause: 'it crashed' })
    expect(lab.cloud.store.list<{ name: string }>('parameter').map(({ name }) => name)).toEqual(['/star/star0001'])
  })
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
