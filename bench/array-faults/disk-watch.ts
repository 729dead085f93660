/**
 * The pool's disks seen from outside, by one clock, many times a second: which machine writes, which machine lives, and
 * whose the pool is by LVM's metadata on the disks.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Label, readLabel } from './label.ts'
import type { Machines, Place } from './machines.ts'
import type { Burst, Hang, Owner } from './one-writer.ts'

/** Milliseconds since the epoch, of this computer. */
export interface Death {
  node: string
  /** Last seen alive, first seen dead. */
  from: number
  to: number
}

export interface Watched {
  bursts: Burst[]
  owners: Owner[]
  deaths: Death[]
  hangs: Hang[]
}

const PAUSE_MS = 100

/** Watches until `stop`, which answers what was seen since the beginning. */
export function watchDisks(machines: Machines): { seen: Watched; stop(): Promise<Watched> } {
  const seen: Watched = { bursts: [], owners: [], deaths: [], hangs: [] }
  let going = true
  const watching = [
    ...machines.controllers.map(place => repeat(watchMachine(machines, place, seen))),
    repeat(watchLabels(machines.disks, seen)),
  ]
  async function repeat(look: () => unknown): Promise<void> {
    while (going) {
      await look()
      await sleep(PAUSE_MS)
    }
  }
  return {
    seen,
    async stop() {
      going = false
      await Promise.all(watching)
      return seen
    },
  }
}

function watchMachine(machines: Machines, place: Place, { bursts, deaths, hangs }: Watched) {
  const { name: node } = place
  let lived: { pid: number; at: number } | undefined
  /** As it was counted when it was last asked: any write since may be later than that question. */
  let counted: { pid: number; asked: number; writes: number } | undefined
  let hang: Hang | undefined
  return async () => {
    const asked = Date.now()
    const pid = machines.pid(place)
    // It may have been started anew between two looks.
    if (lived && lived.pid !== pid) deaths.push({ node, from: lived.at, to: asked })
    const begun = pid !== undefined && lived?.pid !== pid ? lived?.at : undefined
    lived = pid === undefined ? undefined : { pid, at: asked }
    if (pid === undefined) return
    if (isStopped(pid)) {
      if (hang) hang.to = asked
      else {
        hang = { node, from: asked, to: asked }
        hangs.push(hang)
      }
      // What it wrote since it was last counted counts as written once it goes on: so nothing that it then does is missed.
      if (counted) counted.asked = asked
      return
    }
    hang = undefined
    // A machine that hangs does not answer, nor one that is just ending; what it wrote shows later, or it is dead.
    const writes = await machines.diskWrites(place).catch(() => undefined)
    if (writes === undefined || machines.pid(place) !== pid) return
    const before = counted?.pid === pid ? counted : { asked: begun ?? asked, writes: counted ? 0 : writes }
    counted = { pid, asked, writes }
    const more = writes - before.writes
    if (more > 0) bursts.push({ node, from: before.asked, to: Date.now(), writes: more })
  }
}

function isStopped(pid: number): boolean {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] === 'T'
  } catch {
    return false
  }
}

function watchLabels(disks: string[], { owners }: Watched) {
  return () => {
    const from = Date.now()
    const labels = disks.map(disk => readLabel(disk)).filter(label => label !== undefined)
    const newest = labels.reduce<Label | undefined>((a, b) => (a && a.sequence >= b.sequence ? a : b), undefined)
    if (!newest) return
    const last = owners.at(-1)
    if (last && last.node === newest.owner) last.to = Date.now()
    else owners.push({ node: newest.owner, from, to: Date.now() })
  }
}
