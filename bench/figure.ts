/** What benches come to, and how they say it. */
import { cpus } from 'node:os'

/** A bench's last line is made of it: `torture: 30 of 30 faults (goal 30 of 30) met`. */
export interface Figure {
  figure: string
  goal: string
  met: boolean
}

export const lineOf = (name: string, { figure, goal, met }: Figure) =>
  `${name}: ${figure} (goal ${goal}) ${met ? 'met' : 'short'}`

export interface BenchFlags {
  faults?: number
  runs?: number
  arrays?: number
  /** Words of the faults' names. */
  only?: string
  seed?: number
  /** Ends it early. */
  signal?: AbortSignal
  /** A file for the report, beside the screen; true: the one in docs/results. */
  report?: string | true
}

/** A markdown table, columns as wide as their widest cell. */
export function tableOf(heads: string[], rows: string[][]): string {
  const all = [heads, ...rows].map(row => row.map(cell => cell.replaceAll('|', '\\|')))
  const widths = heads.map((_, i) => Math.max(3, ...all.map(row => row[i]?.length ?? 0)))
  const line = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const [first = [], ...rest] = all
  return [line(first), line(widths.map(width => '-'.repeat(width))), ...rest.map(line)].join('\n')
}

/** Of this computer, for a report: `2 processors (AMD EPYC)`. */
export const processors = () => `${cpus().length} processors (${cpus()[0]?.model.trim()})`
