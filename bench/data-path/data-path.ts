/** The way of a host's I/O: through the array, through the reference's set-up, and on ACTIVE itself, on the same disks. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildLab, inLab } from '../array-faults/lab.ts'
import type { Machines, Place as Node } from '../array-faults/machines.ts'
import type { Place } from '../array-faults/trial.ts'
import type { BenchFlags, Figure } from '../figure.ts'
import { activeOf, becomeReference } from '../reference/reference.ts'
import { starWith } from '../star.ts'
import { deviceOf } from '../writer.ts'
import { fio, PATTERNS, type Ran, type Where } from './fio.ts'
import { figureOf, type Measured, reportOf } from './report.ts'

const RUNS = 3
const LUNS = 8

const say = (line: string) => console.log(`${new Date().toTimeString().slice(0, 8)}  ${line}`)

export async function dataPath({ runs = RUNS, signal }: BenchFlags): Promise<{ figure: Figure; report: string }> {
  const star = starWith(mkdtempSync(join(tmpdir(), 'star-data-')))
  const measured: Measured = { ours: [], theirs: [], local: [] }
  await inLab(star, { signal, say }, async () => {
    const place = await buildLab(star, LUNS)
    const { machines } = place
    const through = await fromHost(place, await activeOfOurs(place))
    for (let run = 1; run <= runs; run++) {
      await all('STAR', through, measured.ours)
      await all('on ACTIVE itself', { ...through, on: through.active, disks: volumes }, measured.local)
    }
    say('the same machines become an array of the reference procedure')
    await becomeReference(place)
    const around = await fromHost(place, await activeOf(machines))
    for (let run = 1; run <= runs; run++) await all('reference', around, measured.theirs)
    await machines.close()
  })
  return { figure: figureOf(measured), report: reportOf(measured, runs) }
}

const volumes = Array.from({ length: LUNS }, (_, place) => `/dev/mapper/STARpool-LUN${place}`)

async function activeOfOurs({ star, machines }: Place): Promise<Node> {
  const { nodes } = await star.inspect(machines.array)
  const name = nodes.find(({ report }) => report?.role === 'ACTIVE')?.name
  const found = machines.controllers.find(node => node.name === name)
  if (!found) throw new Error('nobody is ACTIVE')
  return found
}

async function fromHost({ machines, luns }: Place, active: Node): Promise<Where> {
  const [host] = machines.hosts
  if (!host) throw new Error('there is no host')
  const disks: string[] = []
  // One after the other: a machine's channel has room for one question at a time, and these would wait too long in line.
  for (const lun of luns) disks.push(await diskOf(machines, host, lun))
  return { machines, on: host, disks, active, volumes }
}

const diskOf = (machines: Machines, host: Node, lun: string) =>
  deviceOf({ onNode: (_array, _node, line) => machines.run(host, line) }, machines.array, host.name, lun)

async function all(who: string, where: Where, into: Ran[]): Promise<void> {
  for (const pattern of PATTERNS) {
    for (const luns of [1, LUNS]) {
      const some = { ...where, disks: where.disks.slice(0, luns), volumes: where.volumes.slice(0, luns) }
      const ran = await fio(some, pattern)
      into.push(ran)
      say(
        `${who}: ${pattern.name}, ${luns} LUNs: ${ran.perSecond.toFixed(0)} a second, ${ran.blocks.join(' → ')} bytes`,
      )
    }
  }
}
