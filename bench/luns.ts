/** LUNs added to an array that serves: 1, 8, 64 and as many as there can be, beside the reference's way. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildLab, inLab } from './array-faults/lab.ts'
import { type BenchFlags, type Figure, processors, tableOf } from './figure.ts'
import { addByHand } from './reference/by-hand/add.ts'
import { becomeReference } from './reference/reference.ts'
import { type Star, starWith } from './star.ts'
import { newestSteps, waitedFor } from './steps.ts'

/** An array has 256 at the most, and three of them from its build. */
const MOST = 253
const GROWTH = 3
const TIMES = 20

export interface Added {
  luns: number
  seconds: number
  /** Of ours: seconds of the documents that everything waited for. */
  documents?: Record<string, number>
}

const say = (line: string) => console.log(`${new Date().toTimeString().slice(0, 8)}  ${line}`)

export async function luns({ signal }: BenchFlags): Promise<{ figure: Figure; report: string }> {
  const star = starWith(mkdtempSync(join(tmpdir(), 'star-luns-')))
  const ours: Added[] = []
  const theirs: Added[] = []
  const told = (who: string, list: Added[], added: Added) => {
    list.push(added)
    say(`${who}: ${added.luns} LUNs in ${added.seconds.toFixed(1)} s`)
  }
  await inLab(star, { signal, say }, async () => {
    for (const counts of [[1, 8, 64], [MOST]]) {
      await lab(star)
      for (const count of counts) told('STAR', ours, await add(star, count))
      await star.starOk('down', '--yes')
    }
    const place = await buildLab(star)
    await becomeReference(place)
    let there = place.luns.length
    for (const count of [1, 5]) {
      told('reference', theirs, { luns: count, seconds: await addByHand(place.machines, there, count) })
      there += count
    }
    await place.machines.close()
  })
  return { figure: figureOf(ours, theirs), report: reportOf(ours, theirs) }
}

async function lab(star: Star): Promise<void> {
  await (await buildLab(star)).machines.close()
}

async function add(star: Star, count: number): Promise<Added> {
  const begun = Date.now()
  await star.starOk('lun', 'add', '--count', String(count), '--size', '16M')
  const seconds = (Date.now() - begun) / 1000
  return { luns: count, seconds, documents: waitedFor(newestSteps(star.home, 'add-luns')) }
}

const of = (list: Added[], luns: number) => list.find(added => added.luns === luns)?.seconds ?? Number.NaN

/** Seconds that the reference's way takes for so many: the first of those that were measured, and each more as the others took. */
export function inProportion([few, many]: Added[], luns: number): number {
  if (!few || !many) return Number.NaN
  const each = (many.seconds - few.seconds) / (many.luns - few.luns)
  return few.seconds + (luns - few.luns) * each
}

export function figureOf(ours: Added[], theirs: Added[]): Figure {
  const growth = of(ours, 64) / of(ours, 1)
  const times = inProportion(theirs, MOST) / of(ours, MOST)
  return {
    figure: `64 in ${growth.toFixed(1)} times the time of 1; ${MOST} ${times.toFixed(0)} times faster than the reference's way`,
    goal: `${GROWTH}; ${TIMES}`,
    met: growth <= GROWTH && times >= TIMES,
  }
}

export function reportOf(ours: Added[], theirs: Added[]): string {
  const rows = ours.map(({ luns, seconds }) => [
    String(luns),
    seconds.toFixed(0),
    (seconds / of(ours, 1)).toFixed(1),
    inProportion(theirs, luns).toFixed(0),
  ])
  const measured = theirs.map(({ luns, seconds }) => `${luns} in ${seconds.toFixed(0)} s`)
  return `# LUNs, beside the reference procedure

\`./star bench luns\`, ${new Date().toISOString().slice(0, 10)}, on ${processors()}, three emulated machines. LUNs of 16 MiB for an array
that has 3 and serves; ${MOST} on one that has no others (an array has 256 at the most). Seconds: ours until the command says that every
path of them is proved on the host, the reference's way until the host's multipath has all paths.

${tableOf(['LUNs', 'STAR', 'of 1', 'reference'], rows)}

The reference starts a targetcli for each object, four for a LUN on each controller (\`bench/reference/by-hand/lun.sh\`). Measured: ${measured.join(', ')};
what it would take for the others is in proportion to that, which favours it: each targetcli reads all that there is.

What STAR's waited for, in seconds:

${tableOf(['document', ...ours.map(({ luns }) => `${luns}`)], documentsOf(ours))}
`
}

function documentsOf(ours: Added[]): string[][] {
  const names = new Set(ours.flatMap(({ documents = {} }) => Object.keys(documents)))
  const seconds = (name: string) => ours.map(({ documents = {} }) => (documents[name] ?? 0).toFixed(1))
  return [...names].map(name => [name, ...seconds(name)])
}
