/** `star logs`: the steps of an execution, from its record; with --follow also those to come. */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chosenCloud } from './chosen.ts'
import { withCloud } from './cloud.ts'
import { type ProgressEvent, readEvents } from './events.ts'
import { exitCodes, Mistake } from './failure.ts'
import { executionsFolder } from './paths.ts'
import { stepLine } from './progress.ts'
import { shapesFrom } from './shape.ts'
import { createSteps } from './steps.ts'
import { duration } from './table.ts'
import { timelineSvg } from './timeline-svg.ts'
import { timeline } from './timings.ts'
import { statemachines } from './workflow.ts'

export interface LogsFlags {
  follow?: boolean
  timings?: boolean
  /** A file for the timeline's picture. */
  svg?: string
  json?: boolean
}

type Printer = (event: ProgressEvent) => void

export async function logs(execution: string | undefined, flags: LogsFlags): Promise<number> {
  const steps = createSteps(shapesFrom(statemachines))
  let title = ''
  const show = printerOf(steps, flags)
  const print: Printer = event => {
    title ||= `${event.machine} ${event.execution}`
    show(event)
  }
  if (chosenCloud() === 'aws') {
    const { readHistory } = await import('./aws/logs.ts')
    await withCloud(() => readHistory(execution, flags, print))
  } else await readRecord(recordOf(execution), flags, print)
  if (flags.svg) draw(flags.svg, timelineSvg(steps.all(), title))
  if (flags.timings) console.log(['', ...timeline(steps.all(), columns())].join('\n'))
  return exitCodes.ok
}

function draw(file: string, svg: string): void {
  try {
    writeFileSync(file, svg)
  } catch (error) {
    throw new Mistake(`--svg: ${file} cannot be written: ${(error as Error).message}`)
  }
}

const columns = () => (process.stdout.isTTY ? process.stdout.columns : null)

/** The first event is of the execution that is asked for. */
function printerOf(steps: ReturnType<typeof createSteps>, { json }: LogsFlags): Printer {
  let top: ProgressEvent | undefined
  return event => {
    top ??= event
    const begun = top.at
    const changes = steps.add(event).map(change => stepLine(change, begun))
    if (json) console.log(JSON.stringify(event))
    else for (const line of linesOf(event, top, changes)) console.log(line)
  }
}

function linesOf(event: ProgressEvent, top: ProgressEvent, steps: string[]): string[] {
  if (event.execution !== top.execution) return steps
  if (event.kind === 'execution-started')
    return [`${event.machine}  ${event.execution}  ${new Date(event.at).toISOString()}`]
  if (event.kind !== 'execution-ended') return steps
  const verdict = event.error ? `failed: ${event.error}: ${event.cause ?? ''}` : 'ended well'
  return [...steps, `${verdict}, after ${duration(event.at - top.at)}`]
}

async function readRecord(file: string, { follow }: LogsFlags, print: Printer): Promise<void> {
  let shown = 0
  for (;;) {
    const events = readEvents(file)
    events.slice(shown).forEach(print)
    shown = events.length
    if (!follow || ended(events)) return
    await sleep(500)
  }
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
