/** The checkers themselves: a sequence is the same each time, and broken promises are found. */
import { afterEach, describe, expect, it } from 'vitest'
import { healthy, leftovers, locksOf } from './invariants.ts'
import { judge } from './judge.ts'
import { agreeing, leftByAll, type State } from './luns.ts'
import { runSequence } from './run.ts'
import { ARRAY, sequenceOf } from './sequence.ts'
import { watchLuns } from './watch.ts'
import { type Outcome, openWorld, type World } from './world.ts'

const request = { array: ARRAY, disks: { count: 1, size: '4G' }, luns: [{ count: 1, size: '64M' }] }
const up = { operation: 'provision-array' as const, input: request }

describe('a seed', () => {
  it('stands for the same sequence each time, down to the moment at which a command dies', async () => {
    const known = (lines: string[]) => lines.join('\n').replaceAll(/-[0-9a-f]{8}\b|[a-z]+-[0-9a-f]{17}/g, '')
    // Kills, power cuts and two at once are among them.
    for (const seed of [4, 9, 20, 23, 43]) {
      const [once, again] = [await runSequence(sequenceOf(seed)), await runSequence(sequenceOf(seed))]
      expect(known(again.lines)).toBe(known(once.lines))
      expect(once.problems).toEqual([])
    }
  })

  it('has everything in it, over all of them', () => {
    const all = Array.from({ length: 300 }, (_, seed) => sequenceOf(seed))
    const deeds = all.flatMap(({ steps }) => steps.flatMap(step => [step, ...(step.beside ? [step.beside] : [])]))
    expect(new Set(deeds.map(({ act }) => act.operation)).size).toBe(9)
    const cuts = deeds.filter(({ troubles }) => troubles.some(({ kind }) => kind === 'cut'))
    const kills = deeds.filter(({ troubles }) => troubles.some(({ kind }) => kind === 'kill'))
    expect(Math.min(kills.length / 4, cuts.length, all.filter(({ neighbour }) => neighbour).length)).toBeGreaterThan(10)
    expect(all.every(({ steps }) => steps.length >= 3 && steps.length <= 6)).toBe(true)
  })
})

describe('a killed command', () => {
  let world: World
  afterEach(() => world.close())

  it('does nothing more: its execution reads as ABORTED, its lock is void, and the next one takes it over', async () => {
    world = openWorld()
    const killed = await world.act({ act: up, troubles: [{ kind: 'kill', at: 0.5 }] })
    const before = JSON.stringify([
      world.store.list('parameter'),
      world.store.list('instance'),
      world.store.list('volume'),
    ])
    await world.time.sleep(3_600_000)
    expect(killed.status).toBe('KILLED')
    expect(
      JSON.stringify([world.store.list('parameter'), world.store.list('instance'), world.store.list('volume')]),
    ).toBe(before)
    expect(locksOf(world)).toHaveLength(1)

    expect(await world.act({ act: up, troubles: [] })).toMatchObject({ status: 'SUCCEEDED' })
    expect(world.store.list<{ status: string }>('execution').map(({ status }) => status)).toContain('ABORTED')
    expect([...leftovers(world, [request]), ...(await healthy(world, 'running'))]).toEqual([])
  })

  it('leaves documents on nodes to go on', async () => {
    const running = () => {
      const scripts = [...world.machines.machines.values()].flatMap(({ scripts }) => [...scripts.values()])
      return scripts.some(({ endsAt }) => endsAt > world.time.now())
    }
    world = openWorld()
    // While the cluster starts, wherever that is: both are told before the first one answers.
    for (let at = 0.55; !running() && at < 0.65; at += 0.01) {
      world.close()
      world = openWorld()
      expect((await world.act({ act: up, troubles: [{ kind: 'kill', at }] })).status).toBe('KILLED')
    }
    expect(running()).toBe(true)
  })
})

describe('leftovers', () => {
  let world: World
  afterEach(() => world.close())

  it('are found, of each kind', async () => {
    world = openWorld()
    await world.act({ act: up, troubles: [] })
    expect(leftovers(world, [request])).toEqual([])
    const kinds = leftovers(world, []).map(problem => problem.split(':')[0])
    expect(kinds).toEqual(['instances', 'volumes', 'groups', 'placement groups', 'parameters'])
    const [disk = ''] = world.machines.disks.keys()
    world.machines.disks.delete(disk)
    expect(leftovers(world, [request])).toEqual([expect.stringMatching(/^disks: there are \[\], not \[vol-/)])
  })

  it('an array that is not as recorded is found', async () => {
    world = openWorld()
    await world.act({ act: up, troubles: [] })
    const sim = world.nodes.sims.get(ARRAY)
    sim?.luns.push({ name: 'LUN1', uuid: '0', sizeMiB: 64, isNew: false })
    expect((await healthy(world, 'running')).join('\n')).toMatch(/its pool has LUN0=64,LUN1=64, not LUN0=64/)
  })
})

describe('what LUNs there may be', () => {
  const array: State = { luns: [{ name: 'LUN0', sizeMiB: 64 }], ready: true, keys: [] }
  const outcome = (status: Outcome['status'], more: object = {}): Outcome => ({
    act: { operation: 'add-luns', input: { array: ARRAY, luns: [{ count: 1, size: '64M' }], ...more } },
    status,
    effects: 0,
    cuts: [],
  })
  const counts = (states: State[]) => [...new Set(states.map(({ luns }) => luns?.length))]
  const recorded = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `LUN${i}`, sizeMiB: 64 }))

  it('a killed addition may have begun or not, and adds nothing more when it comes again', () => {
    const states = leftByAll([array], [outcome('KILLED')])
    expect(counts(states)).toEqual([1, 2])
    const begun = agreeing(states, recorded(2), true)
    expect(counts(leftByAll(begun, [outcome('SUCCEEDED')]))).toEqual([2])
    expect(agreeing(leftByAll(begun, [outcome('SUCCEEDED')]), recorded(3), true)).toEqual([])
  })

  it('a key adds once, a refusal nothing, and without a key the same words add again', () => {
    const once = leftByAll([array], [outcome('SUCCEEDED', { key: 'one' })])
    expect(counts(once)).toEqual([2])
    expect(counts(leftByAll(once, [outcome('SUCCEEDED', { key: 'one' })]))).toEqual([2])
    expect(counts(leftByAll(once, [{ ...outcome('FAILED', { key: 'two' }), error: 'RequestRejected' }]))).toEqual([2])
    expect(counts(leftByAll(once, [outcome('SUCCEEDED')]))).toEqual([3])
  })

  it('names and sizes are kept: another LUN in the place of one is no answer', () => {
    const states = leftByAll([array], [outcome('SUCCEEDED')])
    expect(agreeing(states, [{ name: 'other', sizeMiB: 64 }, ...recorded(1)], true)).toEqual([])
    expect(agreeing(states, [...recorded(1), { name: 'LUN0', sizeMiB: 64 }], true)).toEqual([])
    expect(agreeing(states, [...recorded(1), { name: 'LUN1', sizeMiB: 128 }], true)).toEqual([])
    expect(agreeing(states, undefined, false)).toEqual([])
  })
})

describe('what was served', () => {
  it('is missed when it goes, unless its disks have gone too', () => {
    const cluster = {} as never
    const lun = (name: string) => ({ name, uuid: `uuid of ${name}`, sizeMiB: 64, isNew: false })
    const sim = (names: string[], volumes = 'vol-1') => ({
      ...{ volumes, poolMiB: 0, cluster, proven: new Set<string>(), exported: names, luns: names.map(lun) },
      grants: new Map([['instance-1', names]]),
    })
    const sims = new Map([['a1', sim(['LUN0', 'LUN1'])]])
    const problems: string[] = []
    const look = watchLuns(sims, problems)
    look('first')
    sims.set('a1', sim(['LUN0', 'LUN1', 'LUN2']))
    look('more')
    expect(problems).toEqual([])
    sims.set('a1', sim(['LUN1', 'LUN0', 'LUN2']))
    look('other numbers')
    expect(problems.splice(0)).toHaveLength(3)
    sims.set('a1', sim(['LUN0'], 'vol-2'))
    look('other disks')
    expect(problems).toEqual([])
  })
})

describe('how operations end', () => {
  const failed = (error: string): Outcome => ({
    ...{ act: { operation: 'start-array', input: {} }, status: 'FAILED', error, cause: 'why', effects: 0, cuts: [] },
  })

  it('is judged: defects, busy arrays without anybody, and failures without a reason', () => {
    expect(judge([failed('TypeError')], false)).toEqual([expect.stringMatching(/^a defect/)])
    expect(judge([failed('ArrayBusy')], false)).toEqual([expect.stringMatching(/^nobody else is at work/)])
    expect(judge([failed('ArrayBusy'), failed('NotReady')], false)).toEqual([expect.stringMatching(/does not say who/)])
    expect(judge([failed('NotReady')], true)).toEqual([expect.stringMatching(/^nothing disturbed it/)])
    expect(judge([failed('NotReady')], false)).toEqual([])
  })
})
