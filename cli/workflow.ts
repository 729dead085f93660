/** Runs a workflow and shows it while it runs. */
import { join } from 'node:path'
import type { Result } from '../infra/local/engine.ts'
import type { openLocal } from '../infra/local/local.ts'
import { chosenCloud } from './chosen.ts'
import type { Cloud, HowToRun } from './cloud.ts'
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

export async function runShown(cloud: Cloud, machine: string, input: unknown, how: HowToShow): Promise<Outcome> {
  return outcomeOf(await shown(how, options => cloud.run(machine, input, options)))
}

/**
 * On the local cloud Ctrl-C stops the workflow after what it does just now; on AWS it ends the command alone. A second one
 * ends the command at once.
 */
export async function shown<T>(how: HowToShow, work: (options: HowToRun) => Promise<T>): Promise<T> {
  const screen = how.json || how.passing ? process.stderr : process.stdout
  const progress =
    how.passing && !screen.isTTY
      ? undefined
      : startProgress(screen, shapesFrom(statemachines), how.title, { keep: !how.passing })
  const abort = new AbortController()
  const interrupted = () => {
    if (abort.signal.aborted) process.exit(130)
    abort.abort()
    if (chosenCloud() === 'local')
      progress?.note('stopping; what a node does just now goes on there. Ctrl-C again ends at once')
  }
  process.on('SIGINT', interrupted)
  process.on('SIGTERM', interrupted)
  try {
    const result = await work({
      onEvent: event => progress?.event(event),
      signal: abort.signal,
      note: how.passing ? undefined : line => progress?.note(line),
    })
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
  execution: nameOf(executionArn),
  output,
  error: error ?? 'Unknown',
  why: cause ?? '',
})

/** On AWS an execution's name does not say which machine it is of. */
export const nameOf = (executionArn: string) =>
  executionArn
    .split(':')
    .slice(chosenCloud() === 'aws' ? -2 : -1)
    .join(':')

function print(screen: NodeJS.WriteStream, { steps }: Progress): void {
  screen.write(`\n${timeline(steps.all(), screen.isTTY ? (screen.columns ?? 80) : null).join('\n')}\n`)
}
