/**
 * The timeline of an execution: when each step began, how long it took, and a bar that shows what ran beside what. What
 * everything waited for has its bar in another sign.
 */
import { criticalPath, idle, leavesOf } from './critical-path.ts'
import type { Step } from './steps.ts'
import { duration, table } from './table.ts'

/** `width`: columns of the terminal; null: tab-separated rows of start, seconds, step, node for a program. */
export function timeline(steps: Step[], width: number | null): string[] {
  const ended = steps.filter((step): step is Step & { to: number } => step.to !== undefined)
  ended.sort((a, b) => a.from - b.from || a.to - b.to)
  const begun = ended[0]?.from ?? 0
  const total = Math.max(1, ...ended.map(step => step.to - begun))
  const rows = ended.map(step => [
    ((step.from - begun) / 1000).toFixed(1),
    ((step.to - step.from) / 1000).toFixed(1),
    step.name,
    step.failure ? `${step.node} (failed)` : step.node,
  ])
  if (width === null) return table(rows, { aligned: false })

  const text = table([['start', 'took', 'step', 'node'], ...rows], { aligned: true })
  const wide = Math.max(...text.map(line => line.length)) + 2
  const room = Math.max(10, width - wide - 1)
  const leaves = leavesOf(steps)
  const path = new Set<Step>(criticalPath(leaves))
  const bar = (step: Step & { to: number }) => {
    const left = Math.floor(((step.from - begun) / total) * room)
    return (
      ' '.repeat(left) +
      (path.has(step) ? '#' : '=').repeat(Math.max(1, Math.round(((step.to - step.from) / total) * room)))
    )
  }
  const lines = text.map((line, i) => (i === 0 ? line : line.padEnd(wide) + bar(ended[i - 1] as Step & { to: number })))
  const still = idle(leaves)
  const share = ((still / total) * 100).toFixed(1)
  return [
    ...lines,
    `${duration(total)} in all: # is what the rest waited for; nothing ran for ${duration(still)} of it (${share} %)`,
  ]
}
