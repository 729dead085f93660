/** `star logs`: the steps of an execution, from its record; with --follow also those to come. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ProgressEvent, readEvents } from './events.ts'
import { exitCodes, Mistake } from './failure.ts'
import { executionsFolder } from './paths.ts'
import { stepLine } from './progress.ts'
import { shapesFrom } from './shape.ts'
import { createSteps } from './steps.ts'
import { duration } from './table.ts'
import { timeline } from './timings.ts'
import { statemachines } from './workflow.ts'

export interface LogsFlags {
  follow?: boolean
  timings?: boolean
  json?: boolean
}

export async function logs(execution: string | undefined, flags: LogsFlags): Promise<number> {
  const file = recordOf(execution)
  const steps = createSteps(shapesFrom(statemachines))
  let shown = 0
  for (;;) {
    const events = readEvents(file)
    const begun = events[0]?.at ?? 0
    for (const event of events.slice(shown)) {
      const changes = steps.add(event)
      if (flags.json) console.log(JSON.stringify(event))
      else
        for (const line of linesOf(
          event,
          events,
          changes.map(change => stepLine(change, begun)),
        ))
          console.log(line)
    }
    shown = events.length
    if (!flags.follow || ended(events)) break
    await sleep(500)
  }
  if (flags.timings) console.log(['', ...timeline(steps.all(), columns())].join('\n'))
  return exitCodes.ok
}

const columns = () => (process.stdout.isTTY ? process.stdout.columns : null)

function linesOf(event: ProgressEvent, events: ProgressEvent[], steps: string[]): string[] {
  const top = events[0]
  if (!top || event.execution !== top.execution) return steps
  if (event.kind === 'execution-started')
    return [`${event.machine}  ${event.execution}  ${new Date(event.at).toISOString()}`]
  if (event.kind !== 'execution-ended') return steps
  const verdict = event.error ? `failed: ${event.error}: ${event.cause ?? ''}` : 'ended well'
  return [...steps, `${verdict}, after ${duration(event.at - top.at)}`]
}

function ended(events: ProgressEvent[]): boolean {
  return events.some(event => event.kind === 'execution-ended' && event.execution === events[0]?.execution)
}

/** The record of this execution; of the newest one a person started, where none is named. */
function recordOf(execution: string | undefined): string {
  const records = existsSync(executionsFolder)
    ? readdirSync(executionsFolder).filter(name => name.endsWith('.jsonl'))
    : []
  const paths = records.map(name => join(executionsFolder, name))
  paths.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
  if (execution !== undefined) {
    const name = execution.split(':').at(-1)
    const found = paths.find(path => path === join(executionsFolder, `${name}.jsonl`))
    if (found) return found
    throw new Mistake(
      `${execution}: no such execution here. The newest: ${names(paths).slice(0, 5).join(', ') || 'none'}`,
    )
  }
  const newest = paths.find(path => readEvents(path)[0]?.parent === undefined)
  if (newest) return newest
  throw new Mistake('nothing was run here yet')
}

const names = (paths: string[]) => paths.map(path => path.slice(executionsFolder.length + 1, -'.jsonl'.length))
