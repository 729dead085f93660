/**
 * Were there ever two writers on the pool? Judged by what the disks saw (`disk-watch.ts`) and where each node's gates led
 * (`node-watch.ts`), never by what the cluster says of itself. All times are milliseconds since the epoch, by one clock.
 */

/** Writes of one machine that were counted between two looks. */
export interface Burst {
  node: string
  from: number
  to: number
  writes: number
}

/** Whose the pool was by its metadata: first and last look that said so. In between two owners it was one or the other's. */
export interface Owner {
  node: string
  from: number
  to: number
}

/** Gates stood on the pool's volumes in this node's kernel. */
export interface Active {
  node: string
  from: number
  to: number
}

/**
 * Who takes the pool over opens its gates first and puts its name on the pool then, so that hosts wait the less: the cluster's next
 * transition and LVM's reading, locking and writing lie in between. 7.6 s were seen where ACTIVE rebooted, on two processors. Time in
 * which that machine hung does not count.
 */
const TAKEOVER_MS = 20_000

/** A machine did nothing at all: its process was stopped. */
export interface Hang {
  node: string
  from: number
  to: number
}

/** Between two looks of a node at its own kernel, and what its clock may be wrong by. */
const NODE_MS = 400

/**
 * Only the owner writes; and from the first write of one who takes over, the former owner is silent until the pool is its own again.
 * Within one look (a tenth of a second) two writers cannot be told from one after the other.
 */
export function writesOfTwo(bursts: Burst[], owners: Owner[], hangs: Hang[] = []): string[] {
  const found: string[] = []
  const first = owners[0]?.from ?? 0
  for (const burst of [...bursts].sort((a, b) => a.from - b.from)) {
    if (mayWrite(burst, owners)) continue
    const taken = owners.find(owner => owner.node === burst.node && owner.from > burst.to)
    if (taken && taken.from - burst.to - hung(burst.node, hangs, burst.to, taken.from) <= TAKEOVER_MS) {
      const late = bursts.find(({ node, from }) => node !== burst.node && from >= burst.to && from < taken.from)
      if (late)
        found.push(`${late.node} wrote ${after(late.from - burst.to)} ${burst.node} had begun to take the pool over`)
      continue
    }
    const owner = owners.findLast(({ from }) => from <= burst.to)
    const when = after(burst.from - (owner?.from ?? first))
    found.push(`${burst.node} wrote (${burst.writes} writes) ${when} the pool had become ${owner?.node ?? 'nobody'}'s`)
  }
  return found
}

/** Milliseconds of that span in which the node did nothing. */
function hung(node: string, hangs: Hang[], from: number, to: number): number {
  const spans = hangs.filter(hang => hang.node === node)
  return spans.reduce((sum, hang) => sum + Math.max(0, Math.min(hang.to, to) - Math.max(hang.from, from)), 0)
}

/** Its own at some moment of the span, as far as anybody can tell: between two looks it was either's. */
function mayWrite({ node, from, to }: Burst, owners: Owner[]): boolean {
  return owners.some((owner, i) => {
    if (owner.node !== node) return false
    const begun = owners[i - 1]?.to ?? Number.NEGATIVE_INFINITY
    const ended = owners[i + 1]?.from ?? Number.POSITIVE_INFINITY
    return from <= ended && to >= begun
  })
}

/** Gates never led to the pool on two at once. */
export function activeOnTwo(spans: Active[]): string[] {
  return spans.flatMap((one, i) =>
    spans.slice(i + 1).flatMap(other => {
      if (one.node === other.node) return []
      const both = Math.min(one.to, other.to) - Math.max(one.from, other.from)
      return both > NODE_MS
        ? [`the pool was active on ${one.node} and ${other.node} for ${(both / 1000).toFixed(1)} s`]
        : []
    }),
  )
}

const after = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s after`
