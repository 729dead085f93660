/** Runs a workflow of the local cloud and shows it while it runs. */
import { join } from 'node:path'
import { type Result, type RunOptions, runWorkflow } from '../infra/local/engine.ts'
import type { openLocal } from '../infra/local/local.ts'
import { root } from './paths.ts'
import { type Progress, startProgress } from './progress.ts'
import { shapesFrom } from './shape.ts'
import { timeline } from './timings.ts'

export type Local = Awaited<ReturnType<typeof openLocal>>

export interface Outcome {
  status: 'SUCCEEDED' | 'FAILED' | 'ABORTED'
  /** The execution's name, which `star logs` takes. */
  execution: string
  output: unknown
  error: string
  why: string
}

export interface HowToShow {
  title: string
  /** Results alone go to standard output, as JSON; progress goes to standard error. */
  json?: boolean
  timings?: boolean
  /** What runs is shown on a terminal only, and leaves no trace there: for a look that changes nothing. */
  passing?: boolean
}

export const statemachines = join(root, 'statemachines')

export async function runShown(local: Local, machine: string, input: unknown, how: HowToShow): Promise<Outcome> {
  return outcomeOf(await shown(how, options => runWorkflow(local.cloud, machine, input, options)))
}

/** Ctrl-C stops the workflow after what it does just now; a second one ends the command at once. */
export async function shown<T>(how: HowToShow, work: (options: RunOptions) => Promise<T>): Promise<T> {
  const screen = how.json || how.passing ? process.stderr : process.stdout
  const progress =
    how.passing && !screen.isTTY
      ? undefined
      : startProgress(screen, shapesFrom(statemachines), how.title, { keep: !how.passing })
  const abort = new AbortController()
  const interrupted = () => {
    if (abort.signal.aborted) process.exit(130)
    abort.abort()
    progress?.note('stopping; what a node does just now goes on there. Ctrl-C again ends at once')
  }
  process.on('SIGINT', interrupted)
  process.on('SIGTERM', interrupted)
  try {
    const result = await work({ onEvent: event => progress?.event(event), signal: abort.signal })
    progress?.stop()
    if (how.timings && progress) print(screen, progress)
    return result
  } finally {
    progress?.stop()
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
  }
}

export const outcomeOf = ({ status, executionArn, output, error, cause }: Result): Outcome => ({
  status,
  execution: executionArn.split(':').at(-1) ?? '',
  output,
  error: error ?? 'Unknown',
  why: cause ?? '',
})

function print(screen: NodeJS.WriteStream, { steps }: Progress): void {
  screen.write(`\n${timeline(steps.all(), screen.isTTY ? (screen.columns ?? 80) : null).join('\n')}\n`)
}
