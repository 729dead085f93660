import { type Figure, processors, tableOf } from '../figure.ts'
import { medianOf } from '../statistics.ts'
import { PATTERNS, type Pattern, type Ran } from './fio.ts'

export interface Measured {
  ours: Ran[]
  theirs: Ran[]
  /** On ACTIVE, on the volumes that LUNs are. */
  local: Ran[]
}

const GOAL = 1.3

interface Row {
  pattern: Pattern
  luns: number
  of: Record<keyof Measured, Ran[]>
}

function rowsOf({ ours, theirs, local }: Measured): Row[] {
  const counts = [...new Set(ours.map(({ luns }) => luns))]
  return PATTERNS.flatMap(pattern =>
    counts.map(luns => {
      const these = (all: Ran[]) => all.filter(ran => ran.pattern.name === pattern.name && ran.luns === luns)
      return { pattern, luns, of: { ours: these(ours), theirs: these(theirs), local: these(local) } }
    }),
  )
}

const speed = (all: Ran[]) => medianOf(all.map(({ perSecond }) => perSecond))
const times = ({ of }: Row) => speed(of.ours) / speed(of.theirs)
const left = ({ of }: Row) => speed(of.ours) / speed(of.local)

/** Every request of it arrives in the size in which the host has sent it, but for what the kernel adds by itself. */
const sameBlocks = (all: Ran[]) => all.every(({ blocks: [sent, arrived] }) => Math.abs(arrived / sent - 1) < 0.02)

export function figureOf(measured: Measured): Figure {
  const random = rowsOf(measured).filter(({ pattern }) => pattern.bs === '4k')
  const same = sameBlocks(measured.ours)
  const all = random.map(row => times(row).toFixed(1)).join(', ')
  return {
    figure: `${all} times the reference's 4 KiB random I/O, blocks ${same ? 'arrive as they are sent' : 'are cut'}`,
    goal: `${GOAL}, as they are sent`,
    met: same && random.every(row => times(row) >= GOAL),
  }
}

export function reportOf(measured: Measured, runs: number): string {
  const rows = rowsOf(measured)
  const name = ({ pattern, luns }: Row) => `${pattern.name}, ${luns === 1 ? '1 LUN' : `${luns} LUNs`}`
  const spread = (all: Ran[]) => {
    const [low, high] = [Math.min, Math.max].map(of => of(...all.map(({ perSecond }) => perSecond)).toFixed(0))
    return `${speed(all).toFixed(0)} (${low} to ${high})`
  }
  const speeds = rows.map(row => [
    ...[name(row), spread(row.of.local), spread(row.of.ours), spread(row.of.theirs)],
    ...[times(row).toFixed(1), `${(left(row) * 100).toFixed(0)} %`],
  ])
  const work = (all: Ran[]) => [0, 1, 2].map(i => medianOf(all.map(ran => ran.work[i] ?? 0)).toFixed(2)).join(', ')
  const works = rows.map(row => [name(row), work(row.of.local), work(row.of.ours), work(row.of.theirs)])
  const sizes = rows.map(row => [name(row), ...[row.of.ours, row.of.theirs].flatMap(sizesOf)])
  return `# The data path, beside the reference procedure

\`./star bench data-path --runs ${runs}\`, ${new Date().toISOString().slice(0, 10)}, on ${processors()}, three emulated machines of one processor each. fio,
direct I/O, on the host's LUNs, and on the same volumes on ACTIVE itself (*disk*). Blocks a second: median, from the lowest to the
highest of ${runs} runs. Both arrays were on the same machines, one after the other, in one run.

${tableOf(['', 'disk', 'STAR', 'reference', 'times the reference', 'of the disk'], speeds)}

What takes the rest: milliseconds of this computer's processors for each block, by the machine that had them: host, ACTIVE, STANDBY.
Three machines share ${processors().split(' ')[0]} of them, so this is what the speed comes to.

${tableOf(['', 'disk', 'STAR', 'reference'], works)}

Bytes of a request as it leaves the host's multipath and as it arrives at ACTIVE's volume (multipath cuts at \`max_sectors_kb\`, 256 KiB):

${tableOf(['', 'STAR: sent', 'arrived', 'reference: sent', 'arrived'], sizes)}
`
}

const sizesOf = (all: Ran[]) => [0, 1].map(i => medianOf(all.map(({ blocks }) => blocks[i] ?? 0)).toFixed(0))
