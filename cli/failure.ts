/**
 * What went wrong, in the kinds that a person treats differently: a mistake of the user's, a passing fault, a limit of
 * AWS, a defect of ours. Plus what is none of them: something on a node or in the cloud did not work.
 */

import { star } from './chosen.ts'
import { remedyOfLimit } from './limits.ts'

/** A command that cannot be carried out as it was given. Nothing was done. */
export class Mistake extends Error {
  override name = 'Mistake'
}

/** A workflow that ended without success; `error` names its first cause, `why` says it. */
export class WorkflowFailed extends Error {
  override name = 'WorkflowFailed'
  readonly error: string
  readonly why: string
  readonly execution: string
  constructor(what: string, { error, why, execution }: { error: string; why: string; execution: string }) {
    super(what)
    this.error = error
    this.why = why
    this.execution = execution
  }
}

/** What runs on AWS goes on there, and is not followed any more: by request, or because of `why`. */
export class Detached extends Error {
  override name = 'Detached'
  readonly execution: string
  constructor(executionArn: string, why?: Error) {
    const execution = executionArn.split(':').slice(-2).join(':')
    super(why ? `lost sight of ${execution}, which goes on on AWS` : `interrupted; ${execution} goes on on AWS`, {
      cause: why,
    })
    this.execution = execution
  }
}

export const exitCodes = { ok: 0, failed: 1, mistake: 2, noArray: 3, stopped: 4, interrupted: 130 } as const

export type FailureKind = 'mistake' | 'passing' | 'limit' | 'fault' | 'defect'

const mistakes = ['Mistake', 'RequestRejected', 'ArrayExists', 'NoSuchArray']
const passing = [
  'ArrayBusy',
  'LockContended',
  'DeadlineExceeded',
  'CloudUnavailable',
  'CloudThrottled',
  'Sandbox.Timedout',
  'DocumentLost',
  'NodeDown',
  'NotYetVisible',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TooManyUpdates',
  'States.Timeout',
]
const faults = ['WorkflowFailed', 'NotReady', 'DocumentFailed', 'VerificationFailed', 'CloudRefused', 'StateDamaged']
/** Errors of the operating system (ENOENT, EACCES …) have a code and are no defect of ours. */
const isSystem = (error: Error) => /^E[A-Z]{2,}$/.test((error as NodeJS.ErrnoException).code ?? '')

export function kindOf(name: string): FailureKind {
  if (mistakes.includes(name)) return 'mistake'
  if (passing.includes(name)) return 'passing'
  if (remedyOfLimit(name)) return 'limit'
  return faults.includes(name) ? 'fault' : 'defect'
}

export interface Shown {
  exitCode: number
  kind: FailureKind
  /** From the outside in: what did not work, why, and last what to do. */
  lines: string[]
}

/** What a person gets to see of an error. */
export function show(thrown: unknown): Shown {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  if (error instanceof WorkflowFailed) return showWorkflow(error)
  if (error instanceof Detached) return showDetached(error)
  const kind = isSystem(error) ? 'fault' : kindOf(error.name)
  const chain: string[] = []
  for (let at: unknown = error; at instanceof Error; at = at.cause) chain.push(...at.message.split('\n'))
  if (kind === 'defect' && error.stack) chain.push(...error.stack.split('\n').slice(1, 6))
  return {
    kind,
    exitCode: exitCodeOf(kind, error.name),
    lines: [...heading(kind, chain), ...remedy(kind, error.name)],
  }
}

function showWorkflow({ message, error, why, execution }: WorkflowFailed): Shown {
  const kind = kindOf(error)
  const causes = why.trim().split('\n')
  const first = kind === 'mistake' ? causes : [`${error}: ${causes[0]}`, ...causes.slice(1)]
  return {
    kind,
    exitCode: exitCodeOf(kind, error),
    lines: [...heading(kind, [message, ...first.map(line => `  ${line}`)]), ...remedy(kind, error, execution)],
  }
}

function showDetached({ message, execution, cause }: Detached): Shown {
  return {
    kind: 'passing',
    exitCode: cause ? exitCodes.failed : exitCodes.interrupted,
    lines: [
      message,
      ...(cause instanceof Error ? [`  ${cause.name}: ${cause.message}`] : []),
      `Follow it: ${star(`logs ${execution} --follow`)}`,
      `End it:    ${star(`cancel ${execution}`)}`,
    ],
  }
}

function exitCodeOf(kind: FailureKind, name: string): number {
  if (name === 'NoSuchArray') return exitCodes.noArray
  return kind === 'mistake' ? exitCodes.mistake : exitCodes.failed
}

function heading(kind: FailureKind, lines: string[]): string[] {
  const [first = '', ...rest] = lines
  if (kind === 'defect') return [`a defect in STAR: ${first}`, ...rest]
  return [kind === 'mistake' ? first : `failed: ${first}`, ...rest]
}

function remedy(kind: FailureKind, name: string, execution?: string): string[] {
  const logs = star(execution ? `logs ${execution}` : 'logs')
  if (name === 'ArrayExists') {
    return [
      `Run ${star('up')} with the request it was built from, give the new one another --array, or remove it: ${star('down')}`,
    ]
  }
  if (name === 'RequestRejected') return ['Nothing was made. Correct these fields and run the command again.']
  if (name === 'NotReady') return ['Nothing was changed. Put that right, and run the command again.']
  if (name === 'ArrayBusy') return ['Wait until that has ended, then run the command again.']
  if (kind === 'limit') return [remedyOfLimit(name) ?? '', `All steps: ${logs}`]
  if (kind === 'passing') return [`This can pass by itself: run the command again. All steps: ${logs}`]
  if (kind === 'fault' && execution) return [`All steps: ${logs}. Then run the command again; it goes on from there.`]
  if (kind === 'defect') return [`Please report it, with the output of: ${logs}`]
  return []
}
