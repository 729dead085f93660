/** Nested executions, as the history of the one that started them tells of them. */
import type { End } from './translate.ts'

export interface Child {
  arn: string
  machine: string
  name: string
  input: unknown
}

/**
 * A document on a node is one step on the screen, from its beginning to its end, and both are in its parent's history:
 * its own is never read. There are more of these than of all others together, and AWS counts calls.
 */
export const isLeaf = ({ machine }: Child) => machine === 'run-document'

/** `submitted`: the answer of StartExecution, as Step Functions shows it. */
export function childOf(submitted: unknown, input: unknown): Child | undefined {
  const arn = (submitted as { ExecutionArn?: unknown } | undefined)?.ExecutionArn
  return typeof arn === 'string' ? { arn, ...namesOf(arn), input } : undefined
}

/** `arn:aws:states:<region>:<account>:execution:<machine>:<name>` */
export function namesOf(executionArn: string): { machine: string; name: string } {
  const [machine = '', name = ''] = executionArn.split(':').slice(6)
  return { machine, name }
}

interface Described {
  Status?: string
  Output?: unknown
  Error?: string
  Cause?: string
}

/** `described`: DescribeExecution's answer as Step Functions shows it; what says nothing of an end was stopped. */
export function endOfChild(described: unknown): End {
  const { Status, Output, Error: error, Cause: cause } = (described ?? {}) as Described
  if (Status === 'SUCCEEDED') return { status: 'SUCCEEDED', output: Output }
  if (Status === 'TIMED_OUT') return { status: 'FAILED', error: 'States.Timeout', cause }
  return Status === 'FAILED' ? { status: 'FAILED', error: error ?? 'States.TaskFailed', cause } : { status: 'ABORTED' }
}
