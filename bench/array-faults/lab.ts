/** An array to break: small, with a host that writes to each of its LUNs. */
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import type { Star } from '../star.ts'
import { openMachines } from './machines.ts'
import { installNodeWatch } from './node-watch.ts'
import type { Place } from './trial.ts'

export const array = 'star0001'
const requestFor = (luns: number) => ({ array, disks: { count: 2, size: '8G' }, luns: [{ count: luns, size: '512M' }] })

export const fileOf = ({ home }: Star) => `${home}.request.json`

/** Builds or completes it. Its machines are let go of by `machines.close`; `star down` removes it. */
export async function buildLab(star: Star, luns = 3): Promise<Place> {
  const file = fileOf(star)
  writeFileSync(file, JSON.stringify(requestFor(luns)))
  await star.starOk('up', file)
  const machines = await openMachines(star.home, array)
  await installNodeWatch(machines)
  return { star, machines, luns: Array.from({ length: luns }, (_, place) => `LUN${place}`) }
}

/** Does `work`, which may build one, and removes what is there when it is over: also when `signal` ends it early. */
export async function inLab(
  star: Star,
  { signal, say }: { signal?: AbortSignal; say: (line: string) => void },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await Promise.race([work(), ...(signal ? [interruption(signal)] : [])])
  } finally {
    if (signal?.aborted)
      say('interrupted: what runs just now ends, then the array is removed. Ctrl-C again ends at once')
    await star.settled()
    await removeLab(star).catch(error => say(`not removed: ${error.message}`))
  }
}

async function interruption(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw new Error('interrupted')
}

/** With all that was made for it. Where its machines cannot be removed, what is needed to do that later stays. */
export async function removeLab(star: Star): Promise<void> {
  const { status, stderr } = await star.star('down', '--yes')
  // 3: there is none.
  if (status !== 0 && status !== 3) throw new Error(`STAR_HOME=${star.home} ./star down --yes: ${stderr.trim()}`)
  rmSync(star.home, { recursive: true, force: true })
  rmSync(fileOf(star), { force: true })
}
