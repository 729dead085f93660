/** How long hosts wait when ACTIVE goes: beside the reference procedure's set-up, on the same machines, in one run. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Fault, faults } from './array-faults/faults.ts'
import { buildLab, inLab } from './array-faults/lab.ts'
import { type Place, runTrial } from './array-faults/trial.ts'
import { type BenchFlags, type Figure, processors, tableOf } from './figure.ts'
import { becomeReference, referenceTrial, type Sample } from './reference/reference.ts'
import { type Star, starWith } from './star.ts'
import { medianOf } from './statistics.ts'

const say = (line: string) => console.log(`${new Date().toTimeString().slice(0, 8)}  ${line}`)

export interface Case {
  name: string
  ours: Sample[]
  /** Empty: of no interest there. */
  theirs: Sample[]
  /** How often ours has to fit into the reference's. */
  times?: number
}

/** As much as a host's writer tells apart. */
const LEAST = 0.5

export async function failover({ runs = 5, signal }: BenchFlags): Promise<{ figure: Figure; report: string }> {
  const star = starWith(mkdtempSync(join(tmpdir(), 'star-failover-')))
  const [cut, planned, standby, network, nothing]: [Case, Case, Case, Case, Case] = [
    { name: 'power cut of ACTIVE', ours: [], theirs: [], times: 5 },
    { name: 'planned hand-over', ours: [], theirs: [], times: 8 },
    { name: 'power cut of STANDBY', ours: [], theirs: [] },
    { name: 'network between the controllers cut', ours: [], theirs: [] },
    { name: 'nothing happens', ours: [], theirs: [] },
  ]
  const problems: string[] = []
  let pcs = 0
  const ours = async (one: Case, at: Place, fault: Fault, seconds = 0) => {
    const verdict = await twice(() => runTrial(at, { first: fault, lasts: [seconds, 0] }))
    problems.push(...verdict.problems.map(problem => `${one.name}: ${problem}`))
    one.ours.push(told(`ours, ${one.name}`, { ...verdict, errors: 0, lost: 0 }))
  }
  const theirs = async (one: Case, at: Place, how: Parameters<typeof referenceTrial>[1]) => {
    one.theirs.push(told(`reference, ${one.name}`, await twice(() => referenceTrial(at, how))))
  }
  say(`building an array in ${star.home}`)
  await inLab(star, { signal, say }, async () => {
    const place = await buildLab(star)
    for (let run = 1; run <= runs; run++) {
      await ours(cut, place, faultNamed(cut.name))
      await ours(planned, place, handOver(star, place))
    }
    for (let run = 1; run <= Math.min(runs, 3); run++) {
      await ours(standby, place, faultNamed(standby.name))
      await ours(network, place, faultNamed(network.name), 40)
      await ours(nothing, place, calm, 40)
    }
    say('the same machines become an array of the reference procedure')
    pcs = await becomeReference(place)
    for (let run = 1; run <= runs; run++) {
      await theirs(cut, place, 'power cut')
      await theirs(planned, place, 'reboot')
    }
    await place.machines.close()
  }).catch(error => {
    // Two hours are not thrown away: what was measured until then is told, beside what ended it.
    problems.push(`the bench ended early: ${error.message}`)
  })
  const cases = [cut, planned, standby, network, nothing]
  return { figure: figureOf(cases, problems), report: reportOf(cases, problems, { runs, pcs }) }
}

/** A trial that could not be carried out, because a machine was too busy to be asked, is no result: it is done once more. */
async function twice<T>(trial: () => Promise<T>): Promise<T> {
  try {
    return await trial()
  } catch (error) {
    say(`once more: ${(error as Error).message}`)
    return await trial()
  }
}

const faultNamed = (name: string) => faults.find(fault => fault.name === name) as Fault

/** What a busy computer alone does to a host's writes. */
const calm: Fault = { name: 'nothing happens', fells: [], stall: 45, after: 'the same', inject: async () => undefined }

const handOver = (star: Star, { machines }: Place): Fault => ({
  ...{ name: 'planned hand-over', fells: [], stall: 45, after: 'the other' },
  async inject() {
    await star.starOk('failover', '--array', machines.array, '--yes')
    return undefined
  },
})

function told(what: string, sample: Sample): Sample {
  const { stall, at, errors, lost, back } = sample
  const when = at === undefined ? '' : `, ${at} s after it`
  say(`${what}: ${stall} s${when}; ${errors} errors, ${lost} lost; all paths after ${back ?? 'more than 360'} s`)
  return sample
}

const stallOf = (samples: Sample[]) => medianOf(samples.map(({ stall }) => stall))
const timesOf = ({ ours, theirs }: Case) => stallOf(theirs) / Math.max(LEAST, stallOf(ours))
const partOf = (one: Case) => (one.theirs.length > 0 ? `1/${timesOf(one).toFixed(1)}` : undefined)
const short = (seconds: number) => (seconds < LEAST ? `under ${LEAST}` : seconds.toFixed(1))

function spreadOf(samples: Sample[]): string {
  if (samples.length === 0) return ''
  const stalls = samples.map(({ stall }) => stall)
  return `${short(medianOf(stalls))} (${short(Math.min(...stalls))} to ${short(Math.max(...stalls))}), ${samples.length} runs`
}

function whenOf(name: string, samples: Sample[]): string[] {
  const times = samples.flatMap(({ at }) => (at === undefined ? [] : [at])).sort((one, other) => one - other)
  return times.length > 0 ? [`${name}: ${times.join(', ')}`] : []
}

export function figureOf(cases: Case[], problems: string[]): Figure {
  const goals = cases.filter(({ times }) => times !== undefined)
  const beside = (part?: string) => (part ? `${part} of the reference's` : 'the reference not measured')
  const parts = goals.map(one => `${one.name} ${short(stallOf(one.ours))} s, ${beside(partOf(one))}`)
  return {
    figure: parts.join('; '),
    goal: goals.map(({ times }) => `1/${times}`).join('; '),
    met: problems.length === 0 && goals.every(one => timesOf(one) >= (one.times ?? 0)),
  }
}

/** `pcs`: seconds that it takes to answer. */
export function reportOf(cases: Case[], problems: string[], { runs, pcs }: { runs: number; pcs: number }): string {
  const rows = cases.map(one => [
    one.name,
    spreadOf(one.theirs),
    spreadOf(one.ours),
    one.times === undefined ? '' : (partOf(one) ?? 'not measured'),
    one.times === undefined ? '' : `1/${one.times}`,
  ])
  const theirs = cases.flatMap(one => one.theirs)
  const sum = (of: (sample: Sample) => number) => theirs.reduce((all, one) => all + of(one), 0)
  const slow = theirs.filter(({ back }) => back === undefined).length
  const hung = theirs.filter(one => one.hung).length
  const [errors, lost] = [sum(one => one.errors), sum(one => one.lost)]
  const when = cases.flatMap(({ name, ours }) => whenOf(name, ours)).join(', ')
  const ours = problems.length > 0 ? problems.join('; ') : 'no write failed, and every acknowledged one reads back'
  return `# Failover, beside the reference procedure

\`./star bench failover --runs ${runs}\`, ${new Date().toISOString().slice(0, 10)}: the longest that a host's write took, in seconds; median,
and from the shortest to the longest. Three emulated machines on ${processors()}, a host that writes
8 KiB blocks to 3 LUNs, one after the other on each. Both arrays were on the same machines, one after the other, in one run.

${tableOf(['', 'reference', 'ours', 'part', 'goal'], rows)}

- The reference procedure fences nobody; ours has made sure that the other one is off before it takes the pool. Its planned hand-over
  is a reboot of ACTIVE; ours is \`star failover\`. \`bench/reference/\` is its set-up; its STARorbit
  asks pcs who is ACTIVE, and that takes ${pcs.toFixed(1)} s a time here.
- Ours: the longest write of each run began so many seconds after the fault did, by two clocks: ${when || 'there was none'}.
- Ours: ${ours}. Reference: ${errors} writes failed, ${lost} acknowledged ones were lost, and ${slow} times
  not all paths were back after six minutes; ${hung} times it did not go down for its reboot, and was switched off after five.
`
}
