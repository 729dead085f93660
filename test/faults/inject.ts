/** Lets faults happen in a world: each at its point, or so many points after the one before it. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { InstanceRecord } from '../../infra/local/ec2-records.ts'
import type { MemoryMachine } from '../../infra/local/memory-driver.ts'
import { openWorld, type World, type WorldOptions } from '../sequences/world.ts'
import { errorOf, type Fault, type Kind, kindsAt, MARK, nameOf, type Point, startErrorOf } from './kinds.ts'

/** `share`, 0 to 1, chooses among the kinds that there are at that point. */
export type Planned = { name: string; kind: Kind } | { after: number; share: number }

/** From a throttled call to the last of the SDK's five tries. */
const TRIES_MS = 20_000
/** What Lambda gives a function. */
const LIFE_MS = 60_000
const never = new Promise<never>(() => {})

interface Invocation {
  name: string
  fail(error: Error): void
  ended: boolean
}

export function openFaultyWorld(options: Pick<WorldOptions, 'onDocument'> = {}) {
  const inside = new AsyncLocalStorage<Invocation>()
  let planned: Planned[] = []
  let counts = new Map<string, number>()
  let points: Point[] = []
  let came: Fault[] = []
  /** How many points there were when the last fault came. */
  let last = 0
  let armed = false
  const refused = new Set<string>()

  const pass = (on: Point['on'], by: string, what: string): Kind | undefined => {
    if (!armed) return undefined
    const nth = (counts.get(`${by} ${what}`) ?? 0) + 1
    counts.set(`${by} ${what}`, nth)
    const point = { on, by, what, nth }
    points.push(point)
    if (refused.has(`${by} ${what}`)) return 'refused'
    const [next] = planned
    if (!next || ('name' in next ? next.name !== nameOf(point) : points.length !== last + next.after)) return undefined
    const kinds = kindsAt(point)
    const kind = 'kind' in next ? next.kind : (kinds[Math.floor(next.share * kinds.length)] as Kind)
    planned = planned.slice(1)
    last = points.length
    came.push({ point, kind })
    if (kind === 'refused') refused.add(`${by} ${what}`)
    return kind
  }

  const call: WorldOptions['call'] = async ({ name, service }, answer, command) => {
    const invocation = inside.getStore()
    if (invocation?.ended) return await never
    const kind = pass('call', invocation?.name ?? '', name)
    if (kind === undefined) return await answer()
    if (kind === 'throttled') await world.time.sleep(TRIES_MS)
    if (kind === 'killed before') command?.kill()
    if (kind === 'unheard' || kind === 'hung' || kind === 'killed after') await answer().catch(() => {})
    if (kind === 'killed after') command?.kill()
    if (kind === 'hung') {
      await world.time.sleep(LIFE_MS)
      const errorMessage = `${MARK}: Task timed out after ${LIFE_MS / 1000}.00 seconds`
      const Cause = JSON.stringify({ errorType: 'Sandbox.Timedout', errorMessage })
      invocation?.fail(Object.assign(new Error(Cause), { name: 'Sandbox.Timedout' }))
      return await never
    }
    throw errorOf(kind, service, name)
  }

  const starting: WorldOptions['starting'] = async (parent, machine, begin) => {
    const kind = pass('start', parent, machine)
    if (kind === undefined) return await begin()
    if (kind === 'killed before') world.command()?.kill()
    // It goes on beside whatever comes next; its end reaches nobody.
    if (kind === 'unheard') void begin('unheard').catch(() => {})
    if (kind === 'killed after') void begin().catch(() => {})
    if (kind === 'killed after') world.command()?.kill()
    throw startErrorOf(kind, machine)
  }

  const work: WorldOptions['work'] = (document, machine, work) => {
    const kind = pass('document', document.replace('STAR-', ''), nodeOf(machine))
    if (kind === undefined) return work()
    const failure = { exitCode: 1, stderr: `error: ${MARK}\n`, durationMs: 1_000 }
    if (kind === 'failed') return failure
    if (kind === 'mute') {
      machine.onlineAt = Number.POSITIVE_INFINITY
      return {}
    }
    const reply = kind === 'rebooted' ? {} : work()
    if (kind === 'failed late') return failure
    void world.time.sleep(5_000).then(() => world.machines.reboot(machine.id).catch(() => {}))
    return { ...reply, durationMs: 10_000 }
  }

  const nodeOf = ({ id }: MemoryMachine) => world.store.get<InstanceRecord>('instance', id)?.tags['star:node'] ?? id

  const world: World = openWorld({
    ...options,
    call,
    work,
    starting,
    async invoking(name, answer) {
      const { promise: lost, reject: fail } = Promise.withResolvers<never>()
      lost.catch(() => {})
      const invocation = { name, fail, ended: false }
      try {
        return await Promise.race([inside.run(invocation, answer), lost])
      } finally {
        invocation.ended = true
      }
    },
  })

  return {
    world,
    /** What happens while this is done, and which of the faults came. */
    async during<T>(faults: Planned[], act: () => Promise<T>) {
      planned = faults
      counts = new Map()
      points = []
      came = []
      last = 0
      armed = true
      const result = await act()
      armed = false
      refused.clear()
      for (const machine of world.machines.machines.values()) {
        if (machine.onlineAt === Number.POSITIVE_INFINITY) machine.onlineAt = world.time.now()
      }
      return { result, points, came }
    },
  }
}

export type FaultyWorld = ReturnType<typeof openFaultyWorld>
