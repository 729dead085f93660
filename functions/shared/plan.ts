/** What a request would make, in which order, how long it takes and what it costs in Tokyo. */
import * as z from 'zod'
import { ebs, hoursPerMonth, instanceTypes, publicAddressHourly, rootDiskGiB, volumeMonthly } from './catalog.ts'
import { Phase, phases } from './estimate.ts'
import { type ArrayRequest, EXTENT_MIB } from './request.ts'
import { sharedDisks } from './shared-disks.ts'

const Cost = z.strictObject({
  runningHourly: z.number().nullable().describe('US dollars; null where the price of an instance type is not known'),
  runningMonthly: z.number().nullable(),
  stoppedHourly: z.number().describe('With all instances stopped: disks go on billing'),
  stoppedMonthly: z.number(),
})
export type Cost = z.output<typeof Cost>

export const Plan = z.strictObject({
  array: z.string(),
  zone: z.string(),
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      role: z.enum(['controller', 'host']),
      instanceType: z.string(),
      luns: z.union([z.literal('all'), z.array(z.string())]).optional(),
    }),
  ),
  disks: z.strictObject({ count: z.int(), sizeGiB: z.number(), type: z.enum(['io2', 'io1']), iops: z.int() }),
  pool: z.strictObject({ sizeMiB: z.number(), usedMiB: z.number() }),
  luns: z.array(z.strictObject({ name: z.string(), sizeMiB: z.number() })),
  paths: z.int().describe('From hosts to LUNs, through both controllers'),
  phases: z.array(Phase).describe('In their order; what runs beside each other is one phase'),
  seconds: z.number().describe('On the local cloud: 2 cores, no KVM, image cached'),
  cost: Cost,
  warnings: z.array(z.string()),
})
export type Plan = z.output<typeof Plan>

export function planOf(request: ArrayRequest): Plan {
  const { array, zone, controllers, disks, luns, hosts } = request
  const nodes: Plan['nodes'] = [
    ...controllers.names.map(name => ({ name, role: 'controller' as const, instanceType: controllers.instanceType })),
    ...hosts.map(({ name, instanceType, luns }) => ({ name, role: 'host' as const, instanceType, luns })),
  ]
  const order = phases({ nodes: nodes.length, disks: disks.count, luns: luns.length, hosts: hosts.length })
  return {
    array,
    zone,
    nodes,
    disks,
    luns,
    pool: {
      // LVM keeps one extent of each disk for itself; HD140283 takes one of the pool.
      sizeMiB: disks.count * (disks.sizeGiB * 1024 - EXTENT_MIB),
      usedMiB: EXTENT_MIB + luns.reduce((sum, lun) => sum + lun.sizeMiB, 0),
    },
    paths: hosts.reduce((sum, host) => sum + 2 * (host.luns === 'all' ? luns.length : host.luns.length), 0),
    phases: order,
    seconds: Math.round(order.reduce((sum, phase) => sum + phase.seconds, 0)),
    cost: costOf(request),
    warnings: warningsOf(request),
  }
}

export function costOf(request: ArrayRequest): Cost {
  const { controllers, hosts } = request
  const types = [controllers.instanceType, controllers.instanceType, ...hosts.map(host => host.instanceType)]
  const prices = types.map(type => instanceTypes[type]?.hourly)
  const stoppedMonthly =
    sharedDisks(request).reduce((sum, { type, sizeGiB, iops }) => sum + volumeMonthly(type, sizeGiB, iops), 0) +
    types.length * rootDiskGiB * ebs.gp3.gib
  const stoppedHourly = stoppedMonthly / hoursPerMonth
  const runningHourly = prices.every(price => price !== undefined)
    ? prices.reduce((sum, price) => sum + price + publicAddressHourly, stoppedHourly)
    : null
  return {
    runningHourly,
    runningMonthly: runningHourly === null ? null : runningHourly * hoursPerMonth,
    stoppedHourly,
    stoppedMonthly,
  }
}

export function warningsOf({ controllers, disks, hosts }: ArrayRequest): string[] {
  const warnings: string[] = []
  const wanted = disks.count * disks.iops
  const type = controllers.instanceType
  const { baselineIops = null, maximumIops = null } = instanceTypes[type] ?? {}
  if (baselineIops !== null && maximumIops !== null && wanted > baselineIops) {
    const have = `${disks.count} ${disks.count === 1 ? 'disk' : 'disks'} of ${disks.iops} IOPS give ${wanted}`
    warnings.push(
      wanted > maximumIops
        ? `${have}; the ACTIVE controller, a ${type}, never reaches more than ${maximumIops}`
        : `${have}; the ACTIVE controller, a ${type}, keeps up ${baselineIops} (EBS baseline) and ` +
            'more for about 30 minutes a day only',
    )
  }
  for (const unknown of new Set([type, ...hosts.map(host => host.instanceType)].filter(name => !instanceTypes[name]))) {
    warnings.push(`no price and no EBS figures are known here for ${unknown}`)
  }
  return warnings
}
