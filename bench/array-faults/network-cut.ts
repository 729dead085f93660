/** Cuts between two machines alone: all else on the segment goes on. A machine that boots comes up without them. */
import type { Machines, Place } from './machines.ts'

/** Where the cut is, and from whom. */
export type End = readonly [Place, Place]

const table = 'ip star-fault'
/** Nobody has this address. What is sent there is lost as in a cable: a firewall would tell the sender. */
const nowhere = '02:00:00:00:00:01'

/** `in`: what comes from there is lost, what goes there arrives. */
export function cutLine(address: string, how?: 'in'): string {
  const chain = `chain input { type filter hook input priority -300; ip saddr ${address} drop; };`
  const deaf = `nft 'table ${table} { ${chain} }'`
  return how === 'in' ? deaf : `ip neighbour replace ${address} lladdr ${nowhere} dev eth0 nud permanent && ${deaf}`
}

/** Does nothing where there is no cut. */
export const mendLine = (address: string) =>
  `ip neighbour show ${address} | grep -q ${nowhere} && ip neighbour del ${address} dev eth0; ` +
  `! nft list table ${table} >/dev/null 2>&1 || nft delete table ${table}`

/** All ends at once, since whoever is cut off may soon be fenced. Throws unless one of them at least is cut. */
export async function cutNetwork(machines: Machines, ends: readonly End[], how?: 'in'): Promise<void> {
  const cuts = ends.map(([place, from]) => machines.run(place, cutLine(from.address, how)))
  const done = await Promise.allSettled(cuts)
  if (done.every(({ status }) => status === 'rejected')) throw (done[0] as PromiseRejectedResult).reason
}

/** Throws where a machine that runs does not answer: it may still be booting. */
export async function mendNetwork(machines: Machines, ends: readonly End[]): Promise<void> {
  for (const [place, from] of ends) {
    if (machines.pid(place) !== undefined) await machines.run(place, mendLine(from.address))
  }
}
