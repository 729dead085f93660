/** Single faults, or pairs of them, in parts, one file each, so that all cores have something to do. */
import { expect, it } from 'vitest'
import { pairOf } from './pairs.ts'
import { type Report, runFaults } from './run.ts'
import { scenarios } from './scenarios.ts'
import { type Single, singlesOf } from './singles.ts'

const PARTS = 2
const TOGETHER = 50

/**
 * STAR_FAULT: this one alone, by its name. STAR_FAULTS=all: at each of many like looks, too.
 * STAR_FAULT_SEED: this pair alone; STAR_FAULT_PAIRS: so many of them.
 */
const { STAR_FAULT, STAR_FAULTS, STAR_FAULT_SEED, STAR_FAULT_PAIRS } = process.env
const firstSeed = Number(STAR_FAULT_SEED ?? 1)
const pairs = Number(STAR_FAULT_PAIRS ?? (STAR_FAULT ? 0 : STAR_FAULT_SEED ? 1 : 300))

/** Errors are control flow for the interpreter's JSONPath; their stack traces take most of the time. */
Error.stackTraceLimit = 0

export const allSingles = async (): Promise<Single[]> => {
  if (STAR_FAULT_SEED || STAR_FAULT_PAIRS) return []
  const found = []
  for (const scenario of scenarios) found.push(...(await singlesOf(scenario, STAR_FAULTS === 'all' || !!STAR_FAULT)))
  return found.filter(single => STAR_FAULT === undefined || titleOf(single) === STAR_FAULT)
}

export const titleOf = ({ scenario, name, kind }: Single) => `${scenario.name}: ${name}, ${kind}`

export async function singles(part: number): Promise<void> {
  const all = await allSingles()
  it('there is something to go wrong', () => {
    if (part === 1) console.log(tableOf(all))
    expect(all.length + pairs).toBeGreaterThan(0)
  })
  const own = all.filter((_, place) => place % PARTS === part - 1)
  inChunks('single faults', own, async single => {
    const { scenario, name, kind } = single
    const report = await runFaults(scenario, [{ name, kind }])
    if (report.came.length === 0) report.problems.push('it did not come')
    return textOf(report, `${titleOf(single)}; alone: STAR_FAULT='${titleOf(single)}' ./star test faults part`)
  })
  const seeds = Array.from({ length: pairs }, (_, place) => firstSeed + place).filter(seed => seed % PARTS === part - 1)
  inChunks('pairs of faults', seeds, async seed => {
    const report = await pairOf(seed)
    return textOf(report, `seed ${seed}; alone: STAR_FAULT_SEED=${seed} ./star test faults part`)
  })
}

function inChunks<T>(what: string, list: T[], run: (each: T) => Promise<string[]>): void {
  for (let first = 0; first < list.length; first += TOGETHER) {
    const some = list.slice(first, first + TOGETHER)
    const title = `every promise is kept in ${what} ${first + 1} to ${first + some.length} of this part`
    it(title, { timeout: 600_000 }, async () => {
      const failed: string[] = []
      for (const each of some) {
        failed.push(...(await run(each).catch((error: Error) => [`${String(each)}: ${error.name}: ${error.message}`])))
      }
      expect(failed.join('\n\n')).toBe('')
    })
  }
}

/** Nothing, or a text that says what went wrong and how to see it again. */
function textOf({ problems, lines }: Report, again: string): string[] {
  if (problems.length === 0) return []
  return [[again, ...problems.map(problem => `  ${problem}`), ...lines.map(line => `    ${line}`)].join('\n')]
}

/** How many there are, by workflow and kind. */
function tableOf(all: Single[]): string {
  const rows = scenarios.map(({ name }) => {
    const own = all.filter(({ scenario }) => scenario.name === name)
    const kinds = [...new Set(own.map(({ kind }) => kind))]
    const counts = kinds.map(kind => `${kind} ${own.filter(single => single.kind === kind).length}`)
    return `  ${name}: ${own.length} (${counts.join(', ')})`
  })
  return [`${all.length} single faults and ${pairs} pairs`, ...(all.length > 0 ? rows : [])].join('\n')
}
