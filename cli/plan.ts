/** `star plan`: what a request would make, in which order, how long it takes and what it costs in Tokyo. Makes nothing. */
import { type Plan, planOf } from '../functions/shared/plan.ts'
import { acceptRequest } from '../functions/shared/request.ts'
import { type RequestFlags, requestFrom } from './options.ts'
import { count, duration, table } from './table.ts'

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
