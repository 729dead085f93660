/** An array to break: small, with a host that writes to each of its LUNs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Star } from '../star.ts'
import { openMachines } from './machines.ts'
import { installNodeWatch } from './node-watch.ts'
import type { Place } from './trial.ts'

export const array = 'star0001'
const luns = ['LUN0', 'LUN1', 'LUN2']
const request = { array, disks: { count: 2, size: '8G' }, luns: [{ count: luns.length, size: '512M' }] }

/** Builds or completes it. Its machines are let go of by `machines.close`; `star down` removes it. */
export async function buildLab(star: Star): Promise<Place> {
  const file = join(`${star.home}.request.json`)
  writeFileSync(file, JSON.stringify(request))
  await star.starOk('up', file)
  const machines = await openMachines(star.home, array)
  await installNodeWatch(machines)
  return { star, machines, luns }
}
