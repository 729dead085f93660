/** What fio gets out of disks on a node, in which blocks it arrives at the array, and what processors do for it. */
import { readFileSync } from 'node:fs'
import type { Machines, Place as Node } from '../array-faults/machines.ts'

export interface Pattern {
  name: string
  rw: 'randread' | 'randwrite' | 'read' | 'write'
  bs: '4k' | '1M'
  /** For each disk, up to 32 in all. */
  depth: number
}

export const PATTERNS: Pattern[] = [
  { name: '4 KiB random reads', rw: 'randread', bs: '4k', depth: 16 },
  { name: '4 KiB random writes', rw: 'randwrite', bs: '4k', depth: 16 },
  { name: '1 MiB sequential reads', rw: 'read', bs: '1M', depth: 4 },
  { name: '1 MiB sequential writes', rw: 'write', bs: '1M', depth: 4 },
]

export interface Ran {
  pattern: Pattern
  luns: number
  /** Of fio's own blocks. */
  perSecond: number
  /** Bytes of a request as it leaves fio's node, and as it arrives at ACTIVE's volumes. */
  blocks: [number, number]
  /** Milliseconds of a processor for each of fio's blocks: host, ACTIVE, STANDBY. */
  work: number[]
}

const SECONDS = 8

export interface Where {
  machines: Machines
  /** Where fio runs, on which disks; and ACTIVE with the same disks' volumes. */
  on: Node
  disks: string[]
  active: Node
  volumes: string[]
}

export async function fio({ machines, on, disks, active, volumes }: Where, pattern: Pattern): Promise<Ran> {
  const { rw, bs, depth } = pattern
  const job = [
    ...[
      'fio',
      '--name=star',
      '--direct=1',
      '--ioengine=libaio',
      '--time_based',
      '--group_reporting',
      '--output-format=json',
    ],
    ...[`--rw=${rw}`, `--bs=${bs}`, `--iodepth=${Math.min(32, depth * disks.length)}`, `--runtime=${SECONDS}`],
    ...[`--filename=${disks.join(':')}`],
  ]
  const nodes = [...machines.hosts, active, machines.other(active)]
  const kind = rw.endsWith('read') ? 'read' : 'write'
  const asked = () => Promise.all([requests(machines, on, disks, kind), requests(machines, active, volumes, kind)])
  const before = await asked()
  const work = nodes.map(node => ticks(machines, node))
  const said = await machines.run(on, job.join(' '), 120)
  const spent = nodes.map((node, i) => (ticks(machines, node) - (work[i] ?? 0)) * 10)
  const after = await asked()
  // It may warn of something before it answers.
  const { jobs } = JSON.parse(said.slice(said.indexOf('{'))) as {
    jobs: Record<'read' | 'write', { total_ios: number; iops: number }>[]
  }
  const done = jobs[0]?.[kind] ?? { total_ios: 0, iops: 0 }
  if (done.total_ios === 0) throw new Error(`${on.name}: fio has done nothing: ${said}`)
  const sizeOf = (i: 0 | 1) => bytesOf(before[i], after[i])
  return {
    ...{ pattern, luns: disks.length, perSecond: done.iops, blocks: [sizeOf(0), sizeOf(1)] },
    work: spent.map(milliseconds => milliseconds / done.total_ios),
  }
}

type Requests = [number, number]

/** Of all disks: requests of that kind alone (udev reads a disk that was written), and the sectors of 512 bytes in them. */
async function requests({ run }: Machines, node: Node, disks: string[], kind: 'read' | 'write'): Promise<Requests> {
  // By number: on a controller the name in /dev/mapper is the device itself, and no link to the kernel's name.
  const files = disks.map(disk => `/sys/dev/block/$(lsblk -ndo MAJ:MIN ${disk} | tr -d ' ')/stat`).join(' ')
  const fields = kind === 'read' ? '{ n += $1; s += $3 }' : '{ n += $5; s += $7 }'
  const said = await run(node, `set -o pipefail; cat ${files} | awk '${fields} END { print n, s }'`)
  const [count = 0, sectors = 0] = said.trim().split(' ').map(Number)
  return [count, sectors]
}

const bytesOf = (before: Requests, after: Requests) =>
  Math.round(((after[1] - before[1]) * 512) / (after[0] - before[0]))

/** Hundredths of a second that a machine's QEMU has had of the processors. */
function ticks(machines: Machines, node: Node): number {
  const fields = readFileSync(`/proc/${machines.pid(node)}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return Number(fields[11]) + Number(fields[12])
}
