/** How long a build takes, from builds that were timed. Seconds on the local cloud: 2 cores, no KVM, image cached. */

import * as z from 'zod'

export const Phase = z.strictObject({
  name: z.string(),
  what: z.string().describe('What runs in it, for a person'),
  seconds: z.number(),
})
export type Phase = z.output<typeof Phase>

export interface Size {
  nodes: number
  disks: number
  luns: number
  hosts: number
}

/** In the order of the workflow; what runs beside each other is one phase. */
export function phases({ nodes, disks, luns, hosts }: Size): Phase[] {
  return [
    {
      name: 'machines',
      what: `${nodes} instances and ${disks} disks, made and booted beside each other`,
      seconds: 3 + 9 * nodes,
    },
    { name: 'attach', what: `${disks} disks to 2 controllers: ${2 * disks} attachments, while they boot`, seconds: 0 },
    { name: 'prepare', what: 'controllers and hosts, beside each other', seconds: 10 },
    { name: 'trust', what: 'each controller learns the other’s public keys', seconds: 6 },
    { name: 'pool', what: `${luns} LUNs in STARpool, target and cluster configuration`, seconds: 20 + luns / 2 },
    { name: 'cluster', what: 'both controllers Online, one ACTIVE, one STANDBY', seconds: 38 + luns },
    { name: 'hosts', what: `${hosts} × log in to both controllers, every path up`, seconds: 8 + 5 * luns * hosts },
    { name: 'verify', what: 'new LUNs written, read back through each path, left zeroed', seconds: 10 + luns / 2 },
  ]
}
