/** `star plan`: what a request would make, in which order, how long it takes and what it costs in Tokyo. Makes nothing. */
import {
  ebs,
  hoursPerMonth,
  instanceTypes,
  publicAddressHourly,
  rootDiskGiB,
  volumeMonthly,
} from '../functions/shared/catalog.ts'
import { type ArrayRequest, acceptRequest, EXTENT_MIB } from '../functions/shared/request.ts'
import { type Phase, phases } from './estimate.ts'
import { type RequestFlags, requestFrom } from './options.ts'
import { count, duration, table } from './table.ts'

export interface Cost {
  /** US dollars; null where the price of an instance type is not known. */
  runningHourly: number | null
  runningMonthly: number | null
  /** With all instances stopped: disks go on billing. */
  stoppedHourly: number
  stoppedMonthly: number
}

export interface Plan {
  array: string
  zone: string
  nodes: { name: string; role: 'controller' | 'host'; instanceType: string; luns?: 'all' | string[] }[]
  disks: { count: number; type: string; sizeGiB: number; iops: number }
  pool: { sizeMiB: number; usedMiB: number }
  luns: { name: string; sizeMiB: number }[]
  paths: number
  phases: Phase[]
  seconds: number
  cost: Cost
  warnings: string[]
}

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

export function costOf({ controllers, disks, hosts }: ArrayRequest): Cost {
  const types = [controllers.instanceType, controllers.instanceType, ...hosts.map(host => host.instanceType)]
  const prices = types.map(type => instanceTypes[type]?.hourly)
  const stoppedMonthly =
    disks.count * volumeMonthly(disks.type, disks.sizeGiB, disks.iops) + types.length * rootDiskGiB * ebs.gp3.gib
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
    const have = `${count(disks.count, 'disk')} of ${disks.iops} IOPS give ${wanted}`
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

export function planLines(plan: Plan): string[] {
  const { disks, pool, cost } = plan
  const gib = (mib: number) => `${(mib / 1024).toFixed(1)} GiB`
  const dollars = (amount: number | null, digits: number) => (amount === null ? '?' : `$${amount.toFixed(digits)}`)
  return [
    `Array ${plan.array} in ${plan.zone}`,
    '',
    ...table(
      [
        ...plan.nodes.map(node => [node.role, node.name, node.instanceType, seen(node.luns)]),
        [`${count(disks.count, 'disk')}`, `${disks.sizeGiB} GiB`, disks.type, `${disks.iops} IOPS each, Multi-Attach`],
        ['pool', 'STARpool', gib(pool.sizeMiB), `${gib(pool.sizeMiB - pool.usedMiB)} free`],
        [
          count(plan.luns.length, 'LUN'),
          lunNames(plan.luns),
          gib(pool.usedMiB),
          `${count(plan.paths, 'path')} on the hosts`,
        ],
      ],
      { aligned: true, indent: '  ' },
    ),
    '',
    'In this order',
    ...table(
      plan.phases.map((phase, i) => [`${i + 1}`, phase.name, phase.what, `~${Math.round(phase.seconds)}s`]),
      { aligned: true, indent: '  ' },
    ),
    `  about ${duration(plan.seconds * 1000)} on the local cloud (2 cores, no KVM, image cached)`,
    '',
    'Cost on AWS, Tokyo, before tax (the local cloud costs nothing)',
    ...table(
      [
        ['', 'an hour', 'a month'],
        ['running', dollars(cost.runningHourly, 3), dollars(cost.runningMonthly, 2)],
        ['stopped', dollars(cost.stoppedHourly, 3), dollars(cost.stoppedMonthly, 2)],
      ],
      { aligned: true, indent: '  ' },
    ),
    ...plan.warnings.map(warning => `warning: ${warning}`),
  ]
}

function seen(luns: 'all' | string[] | undefined): string {
  if (luns === undefined) return ''
  return luns === 'all' ? 'sees all LUNs' : `sees ${luns.join(', ')}`
}

function lunNames(luns: { name: string }[]): string {
  const names = luns.map(lun => lun.name)
  return names.length <= 3 ? names.join(', ') : `${names[0]} … ${names.at(-1)}`
}

export async function plan(file: string | undefined, flags: RequestFlags & { json?: boolean }): Promise<number> {
  const made = planOf(acceptRequest(requestFrom(file, flags)))
  console.log(flags.json ? JSON.stringify(made, null, 2) : planLines(made).join('\n'))
  return 0
}
