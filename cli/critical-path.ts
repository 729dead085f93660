/** What an execution waited for: the steps of which each began when the one before it had ended, back from the last one. */
import type { Step } from './steps.ts'

export type Ended = Step & { to: number }

/** Steps that have ended, in the order in which they began. Those that others run inside of are left out: what took the time is in there. */
export const leavesOf = (steps: Step[]): Ended[] =>
  steps
    .filter((step): step is Ended => step.to !== undefined && !step.around)
    .sort((a, b) => a.from - b.from || a.to - b.to)

/** In order. Between two of them lies what nobody worked in, or nothing. */
export function criticalPath(steps: Ended[]): Ended[] {
  const path: Ended[] = []
  let next = latest(steps)
  while (next) {
    path.unshift(next)
    const { from } = next
    next = latest(steps.filter(step => step.to <= from && step.from < from))
  }
  return path
}

const latest = (steps: Ended[]): Ended | undefined =>
  steps.reduce<Ended | undefined>((last, step) => (last && last.to >= step.to ? last : step), undefined)

/** Milliseconds from the first beginning to the last end in which no step ran. `steps`: in the order of their beginnings. */
export function idle(steps: Ended[]): number {
  let until = steps[0]?.from ?? 0
  let sum = 0
  for (const { from, to } of steps) {
    sum += Math.max(0, from - until)
    until = Math.max(until, to)
  }
  return sum
}
