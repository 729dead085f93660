/** What the engine tells while it runs. It never prints: the command, the console and the log render these events. */
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

export interface ProgressEvent {
  /** Milliseconds since the epoch. */
  at: number
  /** Name of the execution. */
  execution: string
  machine: string
  kind:
    | 'execution-started'
    | 'execution-ended'
    | 'state-entered'
    | 'state-exited'
    | 'state-failed'
    | 'state-retried'
    | 'state-caught'
  state?: string
  /** Name of the execution that started this one. */
  parent?: string
  error?: string
  cause?: string
  output?: unknown
}

export type Listener = (event: ProgressEvent) => void

/** `<home>/executions/<name>.jsonl`: one event a line, those of the executions it started among them. */
export function writeRecordOf(home: string, execution: string): Listener {
  const folder = join(home, 'executions')
  mkdirSync(folder, { recursive: true })
  return event => appendFileSync(join(folder, `${execution}.jsonl`), `${JSON.stringify(event)}\n`)
}
