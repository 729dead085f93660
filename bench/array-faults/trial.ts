/** One fault, or two, from a healthy array to a healthy array, while a host writes. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Inspection } from '../../functions/shared/inspection.ts'
import type { Star } from '../star.ts'
import { type Writer, type Written, writeOn } from '../writer.ts'
import { type Trial, tellOf } from './choose.ts'
import { type Watched, watchDisks } from './disk-watch.ts'
import type { Fault, Role, Scene } from './faults.ts'
import type { Machines } from './machines.ts'
import { watchNodes } from './node-watch.ts'
import { activeOnTwo, writesOfTwo } from './one-writer.ts'

export interface Verdict {
  what: string
  /** Before and after; the same name where the roles stayed. */
  active: [string, string]
  /** Of any write, in seconds; writes of less than half a second count as 0. */
  stall: number
  /** Seconds from the first fault's beginning to that write's; undefined: no write took that long. */
  at?: number | undefined
  /** Seconds from the first fault's end (the last one's, if later) to all paths of all hosts. */
  back: number
  writes: number
  /** Somebody started the array, because both controllers were down. */
  hand: boolean
  /** What should not have been; empty if all is well. */
  problems: string[]
  /** What the disks saw, for whoever looks into a problem. */
  seen: Watched
}

export interface Place {
  star: Star
  machines: Machines
  luns: string[]
}

/** Seconds until everything has to be back after a fault: a boot, a login and multipath on a busy computer. */
const DEADLINE = 360
/** Numbers of blocks of one trial are no other trial's. */
const NUMBERS = 10_000_000
let numbers = 0

export async function runTrial(place: Place, trial: Trial): Promise<Verdict> {
  const { machines } = place
  const scene = sceneOf(machines, await healthy(place, 60))
  const writers = await startWriters(place, scene.host)
  const activeUntilNow = await watchNodes(machines)
  const watch = watchDisks(machines)
  const problems: string[] = []
  try {
    await sleep(5_000)
    const begun = Date.now()
    await strikeAll(trial, scene, problems)
    const ended = Date.now()
    const { after, hand } = await recovery(place, trial, problems)
    const back = Math.round((Date.now() - ended) / 1000)

    const written = await Promise.all(writers.map(writer => writer.stop()))
    const { bursts, owners, deaths, hangs } = await watch.stop()
    problems.push(...writesOfTwo(bursts, owners, hangs))
    problems.push(...activeOnTwo(await activeUntilNow(deaths)))
    const active: Verdict['active'] = [scene.at.ACTIVE.name, after ? sceneOf(machines, after).at.ACTIVE.name : '?']
    const stall = longest(written)
    problems.push(...lostBy(place.luns, written), ...unexpected(trial, active, stall, hand))
    const writes = written.reduce((sum, each) => sum + each.writes, 0)
    const at = longestAt(written, begun)
    return { what: tellOf(trial), active, stall, at, back, writes, hand, problems, seen: watch.seen }
  } finally {
    await watch.stop()
  }
}

export async function startWriters({ machines, luns }: Place, host: Machines['hosts'][number]): Promise<Writer[]> {
  // Past the command, which takes a second of a processor each time.
  const direct = { onNode: (_array: string, _node: string, line: string) => machines.run(host, line) }
  // A trial that was cut off has left its own.
  await machines.run(host, "pkill -KILL -f '^python3 /root/writer.py'; true")
  const first = NUMBERS * ++numbers
  const writers: Writer[] = []
  for (const lun of luns)
    writers.push(await writeOn(direct, { array: machines.array, host: host.name, lun, first, pause: 0.02 }))
  return writers
}

async function strikeAll({ first, second, lasts }: Trial, scene: Scene, problems: string[]): Promise<void> {
  const one = strike(first, lasts[0], scene).catch(error => {
    // The second one may take away what the first one is done to, or who would say that it was done.
    if (!second) problems.push(`the fault itself: ${error.message}`)
  })
  if (second) {
    await sleep(second.after * 1000)
    // What it was to hit may be down already.
    await strike(second.fault, lasts[1], scene).catch(() => undefined)
  }
  await one
}

/** The whole fault, from beginning to end. What ends it is tried until it can be: a machine may be booting. */
async function strike(fault: Fault, seconds: number, scene: Scene): Promise<void> {
  const end = await fault.inject(scene)
  await sleep(seconds * 1000)
  const deadline = Date.now() + 180_000
  while (end) {
    try {
      return void (await end())
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(3_000)
    }
  }
}

/** Nobody helps, unless both controllers may have gone down: who is alone waits for the other one then, and rightly. */
async function recovery(place: Place, { first, second }: Trial, problems: string[]) {
  const { star, machines } = place
  const off = () => machines.controllers.filter(controller => machines.pid(controller) === undefined).length
  const fells = new Set([...first.fells, ...(second?.fault.fells ?? [])])
  // Looks take the processor from what they look at.
  await sleep(15_000)
  for (const end = Date.now() + 60_000; off() === 1 && Date.now() < end; ) await sleep(1_000)
  const hand = fells.size === 2 && off() > 0
  if (hand) {
    const { status, stderr } = await star.star('start', '--array', machines.array)
    if (status !== 0) problems.push(`star start: ${stderr.trim()}`)
  }
  const after = await healthy(place, DEADLINE).catch(error => {
    problems.push(error.message)
    return undefined
  })
  return { after, hand }
}

/** Everything is back: both roles, every path of every host. Throws with what is missing after so many seconds. */
export async function healthy({ star, machines }: Place, seconds: number): Promise<Inspection> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const { status, stdout, stderr } = await star.star('status', '--array', machines.array, '--json')
    const seen = stdout ? (JSON.parse(stdout) as Inspection) : undefined
    if (status === 0 && seen?.healthy) return seen
    if (Date.now() > deadline) {
      throw new Error(`not back after ${seconds} s: ${seen?.problems.join('; ') ?? stderr.trim()}`)
    }
    await sleep(5_000)
  }
}

function sceneOf(machines: Machines, { nodes }: Inspection): Scene {
  const named = (role: Role) => nodes.find(({ report }) => report?.role === role)?.name
  const controller = (role: Role) => machines.controllers.find(({ name }) => name === named(role))
  const [ACTIVE, STANDBY, host, disk] = [
    controller('ACTIVE'),
    controller('STANDBY'),
    machines.hosts[0],
    machines.volumes[0],
  ]
  if (!ACTIVE || !STANDBY || !host || !disk) throw new Error(`${machines.array} has no ACTIVE and STANDBY, or no host`)
  return { machines, at: { ACTIVE, STANDBY }, host, disk }
}

export const longest = (written: Written[]) =>
  Math.max(0, ...written.flatMap(({ stalls }) => stalls.map(([, seconds]) => seconds)))

/** When that one began, in seconds after `begun`: the computer's clock, from which a host's differs by a second or so. */
export function longestAt(written: Written[], begun: number): number | undefined {
  const [first] = written.flatMap(({ stalls }) => stalls).sort(([, one], [, other]) => other - one)
  return first && Math.round(first[0] - begun / 1000)
}

function lostBy(luns: string[], written: Written[]): string[] {
  return written.flatMap(({ errors, bad, writes }, i) => [
    ...(errors.length > 0 ? [`${luns[i]}: ${errors.length} writes failed, the first with ${errors[0]?.[1]}`] : []),
    ...(bad.length > 0 ? [`${luns[i]}: ${bad.length} acknowledged writes are lost, the first is ${bad[0]}`] : []),
    ...(writes === 0 ? [`${luns[i]}: nothing was written`] : []),
  ])
}

/** With two faults only the longer stall is certain; where somebody had to start controllers, their boot is part of it. */
function unexpected(
  { first, second }: Trial,
  [before, after]: Verdict['active'],
  stall: number,
  hand: boolean,
): string[] {
  const both = second ? Math.max(first.stall, second.fault.stall) + 2 * first.stall : first.stall
  const most = hand ? Math.max(300, both) : both
  const found = stall > most ? [`a write took ${stall} s, more than ${most} s`] : []
  if (second || first.after === undefined) return found
  if ((before === after) === (first.after === 'the same')) return found
  return [...found, `ACTIVE was ${before} and is ${after} now`]
}
