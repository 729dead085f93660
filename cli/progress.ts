/**
 * Shows steps while they happen. On a terminal: finished steps scroll away above a short list of those that run now,
 * redrawn in place. Without one: a line for each step that ends.
 */
import { stripVTControlCharacters, styleText } from 'node:util'
import type { ProgressEvent } from './events.ts'
import type { ShapeOf } from './shape.ts'
import { createSteps, type Step, type StepChange, type Steps } from './steps.ts'
import { duration, table } from './table.ts'

export interface Screen {
  write(text: string): unknown
  isTTY?: boolean
  columns?: number
  rows?: number
}

export interface Progress {
  event(event: ProgressEvent): void
  /** A line between the steps. */
  note(line: string): void
  /** Takes the live list away; what comes after is printed below the steps. */
  stop(): void
  steps: Steps
}

/** `keep`: a line stays for each step that ended. */
export function startProgress(
  screen: Screen,
  shapeOf: ShapeOf,
  title: string,
  { keep = true, now = Date.now }: { keep?: boolean; now?: () => number } = {},
): Progress {
  const steps = createSteps(shapeOf)
  const live = screen.isTTY === true
  let begun: number | undefined
  let drawn = 0
  let done = 0
  const said = new Set<string>()

  const erase = () => {
    if (drawn > 0) screen.write(`\x1b[${drawn}A\x1b[0J`)
    drawn = 0
  }
  const draw = () => {
    const lines = liveLines(steps.running(), { title, done, elapsed: now() - (begun ?? now()), at: now() })
    const fitting = atMost(lines, screen.rows ?? 24).map(line => cut(line, screen.columns ?? 80))
    screen.write(fitting.map(line => `${line}\n`).join(''))
    drawn = fitting.length
  }
  const redraw = () => {
    erase()
    draw()
  }
  const timer = live ? setInterval(redraw, 250) : undefined
  timer?.unref()

  return {
    steps,
    event(event) {
      begun ??= event.at
      const changes = steps.add(event)
      if (live) erase()
      for (const change of changes) {
        if (change.kind === 'done') done++
        if (isWrapping(change, said)) continue
        if (keep && isWorthALine(change)) screen.write(`${stepLine(change, begun ?? event.at, live)}\n`)
      }
      if (live) draw()
    },
    note(line) {
      if (live) erase()
      screen.write(`${line}\n`)
      if (live) draw()
    },
    stop() {
      clearInterval(timer)
      erase()
    },
  }
}

/** A failure goes up through everything around it; said once, where it happened, it is easier to find. */
function isWrapping({ kind, step: { failure } }: StepChange, said: Set<string>): boolean {
  if (kind !== 'failed' || !failure) return false
  if (said.has(failure)) return true
  said.add(failure)
  return false
}

/** A call that took no time would only push away those that did; the timeline has them all. */
function isWorthALine({ kind, at, step }: StepChange): boolean {
  return kind !== 'done' || at - step.from >= 300
}

/** `+12.3s  prepare-controller  star0001-ctl1  done 9.1s` */
export function stepLine({ kind, at, step }: StepChange, begun: number, colour = false): string {
  const took = duration(at - step.from)
  const words = { done: `done ${took}`, failed: `failed ${took}`, stopped: `stopped ${took}`, retried: 'again' }[kind]
  const why = step.failure ? `: ${step.failure}` : ''
  const paint = { done: 'green', failed: 'red', stopped: 'yellow', retried: 'yellow' } as const
  const end = colour ? styleText(paint[kind], words, { validateStream: false }) + why : words + why
  return [`+${duration(at - begun)}`.padStart(8), step.name.padEnd(24), step.node.padEnd(18), end].join('  ')
}

function liveLines(running: Step[], now: { title: string; done: number; elapsed: number; at: number }): string[] {
  const head = `${now.title}  ${duration(now.elapsed)}  ${now.done} steps done`
  const rows = running.map(step => [step.name, step.node, duration(now.at - step.from)])
  return [styleText('bold', head, { validateStream: false }), ...table(rows, { aligned: true, indent: '  ' })]
}

/** A list longer than the screen could not be redrawn in place. */
function atMost(lines: string[], rows: number): string[] {
  const most = Math.max(2, rows - 2)
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `  and ${lines.length - most + 1} more`]
}

function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line)
  return plain.length < columns ? line : plain.slice(0, columns - 1)
}
