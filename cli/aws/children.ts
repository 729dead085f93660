/** Nested executions, as the history of the one that started them tells of them. */
export interface Child {
  arn: string
  machine: string
  name: string
}

/** `submitted`: the answer of StartExecution, as Step Functions shows it. */
export function childOf(submitted: unknown): Child | undefined {
  const arn = (submitted as { ExecutionArn?: unknown } | undefined)?.ExecutionArn
  return typeof arn === 'string' ? { arn, ...namesOf(arn) } : undefined
}

/** `arn:aws:states:<region>:<account>:execution:<machine>:<name>` */
export function namesOf(executionArn: string): { machine: string; name: string } {
  const [machine = '', name = ''] = executionArn.split(':').slice(6)
  return { machine, name }
}
