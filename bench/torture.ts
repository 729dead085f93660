/** Random faults in a row on one array, while a host writes to several LUNs. Nobody has to be there. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Mistake } from '../cli/failure.ts'
import { faultsNamed, type Trial, tellOf, trialsOf } from './array-faults/choose.ts'
import { keepEvidence } from './array-faults/evidence.ts'
import { faults } from './array-faults/faults.ts'
import { buildLab, inLab } from './array-faults/lab.ts'
import { healthy, type Place, runTrial, type Verdict } from './array-faults/trial.ts'
import { type BenchFlags, type Figure, processors, tableOf } from './figure.ts'
import { starWith } from './star.ts'

/** Minutes that one fault may take with all that is around it, and all of them together on average. */
const ONE = 20
const MEAN = 8

const say = (line: string) => console.log(`${new Date().toTimeString().slice(0, 8)}  ${line}`)

export async function torture({
  seed = 1,
  only,
  signal,
  ...flags
}: BenchFlags): Promise<{ figure: Figure; report: string }> {
  const drawn = trials(seed, flags.faults, only)
  const count = drawn.length
  const star = starWith(mkdtempSync(join(tmpdir(), 'star-torture-')))
  const begun = Date.now()
  say(`seed ${seed}: building an array in ${star.home}`)
  const verdicts: Verdict[] = []
  await inLab(star, { signal, say }, async () => {
    let place = await buildLab(star)
    for (const [i, trial] of drawn.entries()) {
      if (Date.now() - begun > count * MEAN * 60_000 || signal?.aborted) break
      say(`${i + 1}/${count}  ${tellOf(trial)}`)
      const verdict = await tried(place, trial)
      if (signal?.aborted) break
      verdicts.push(verdict)
      say(`${i + 1}/${count}  ${wordsOf(verdict)}`)
      if (verdict.problems.length === 0) continue
      say(`what the nodes have to say: ${await keepEvidence(place, `${seed}-${i + 1}`, verdict)}`)
      place = await whole(place)
    }
    await place.machines.close()
  })
  const well = verdicts.filter(({ problems }) => problems.length === 0).length
  const figure = { figure: `${well} of ${count} faults`, goal: `${count} of ${count}`, met: well === count }
  return { figure, report: reportOf({ verdicts, seed, count, minutes: (Date.now() - begun) / 60_000 }) }
}

/** Throws Mistake where no fault has these words. */
export function trials(seed: number, count?: number, only?: string): Trial[] {
  if (only === undefined) return trialsOf(seed, count ?? 30)
  const found = faultsNamed(only).length
  if (found > 0) return trialsOf(seed, count ?? found, only)
  throw new Mistake(`--only: must be words of one of these: ${faults.map(({ name }) => name).join(', ')}`)
}

/** A trial that is never over is one that failed. */
async function tried(place: Place, trial: Trial): Promise<Verdict> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it was not over after ${ONE} minutes`)), ONE * 60_000)
  })
  const seen = { bursts: [], owners: [], deaths: [], hangs: [] }
  const none = { what: tellOf(trial), stall: 0, back: 0, writes: 0, hand: false, seen }
  try {
    return await Promise.race([runTrial(place, trial), late])
  } catch (error) {
    return { ...none, active: ['?', '?'], problems: [(error as Error).message] }
  } finally {
    clearTimeout(timer)
  }
}

/** The same array, if a start helps; else a new one. */
async function whole(place: Place): Promise<Place> {
  const { star, machines } = place
  await star.star('start', '--array', machines.array)
  try {
    await healthy(place, 120)
    return place
  } catch {
    say('it does not come back: another array is built')
    await machines.close()
    await star.starOk('down', '--yes')
    return await buildLab(star)
  }
}

function wordsOf({ active: [before, after], stall, back, writes, hand, problems }: Verdict): string {
  if (problems.length > 0) return `FAILED: ${problems.join('; ')}`
  const roles = before === after ? `${before} stays ACTIVE` : `${before} → ${after}`
  return `${roles}; longest write ${stall} s; back after ${back} s${hand ? ', started by hand' : ''}; ${writes} writes`
}

interface Told {
  verdicts: Verdict[]
  seed: number
  count: number
  minutes: number
}

export function reportOf({ verdicts, seed, count, minutes }: Told): string {
  const rows = verdicts.map(({ what, active: [before, after], stall, back, hand, writes, problems }, i) => [
    String(i + 1),
    what,
    before === after ? 'stays' : 'moves',
    stall === 0 ? 'under 0.5' : stall.toFixed(1),
    `${back}${hand ? ', started' : ''}`,
    String(writes),
    problems.length === 0 ? 'well' : 'see below',
  ])
  const below = verdicts.flatMap(({ problems }, i) =>
    problems.length === 0 ? [] : [`\n${i + 1}:\n\n${problems.map(problem => `- ${problem}`).join('\n')}\n`],
  )
  const heads = ['', 'fault', 'ACTIVE', 'longest write, s', 'all back, s', 'writes', 'verdict']
  const writes = verdicts.reduce((sum, verdict) => sum + verdict.writes, 0)
  return `# Torture

\`./star bench torture --faults ${count} --seed ${seed}\`, ${new Date().toISOString().slice(0, 10)}, ${Math.round(minutes)} minutes on
${processors()}, three emulated machines: ${verdicts.length} of ${count} faults in a row on one array, ${writes} writes to 3 LUNs.

*well*: no write failed; each acknowledged one reads back; the pool had one writer, by the disks' own account and the
controllers'; roles and every path came back without a hand, but for a start of controllers that were both down
(*started*); and no write took longer than that fault may take.

${tableOf(heads, rows)}
${below.join('')}`
}
