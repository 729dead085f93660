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
  /** What an iteration of a Map is about: a node, a disk, `disk → node`. */
  label?: string
  node?: string
  /** Name of the execution that started this one. */
  parent?: string
  error?: string
  cause?: string
  output?: unknown
}

export type Listener = (event: ProgressEvent) => void

/** What a state's input says about which node and disk it works on. */
export function subjectOf(input: unknown): Pick<ProgressEvent, 'label' | 'node'> {
  const given = (input ?? {}) as { item?: object }
  const about = (given.item ?? given) as Record<string, unknown>
  const text = (key: string) => (typeof about[key] === 'string' ? (about[key] as string) : undefined)
  const [disk, node] = [text('disk'), text('node')]
  const label = [disk, node].filter(Boolean).join(' → ')
  return { ...(label && { label }), ...(node && { node }) }
}

/** `<home>/executions/<name>.jsonl`: one event a line, those of the executions it started among them. */
export function writeRecordOf(home: string, execution: string): Listener {
  const folder = join(home, 'executions')
  mkdirSync(folder, { recursive: true })
  return event => appendFileSync(join(folder, `${execution}.jsonl`), `${JSON.stringify(event)}\n`)
}
