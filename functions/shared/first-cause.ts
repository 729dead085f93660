/**
 * A failure that came up through child executions is wrapped once at each of them: `States.TaskFailed` with the
 * child's DescribeExecution as its cause. A function's own error is wrapped too, as `{errorType, errorMessage}`.
 * Who reads the end of a workflow wants what is in the middle.
 */
import type { Failure } from './shapes.ts'

export interface FirstCause {
  error: string
  cause: string
}

export function firstCause({ Error: error, Cause: cause = '' }: Failure): FirstCause {
  const wrapped = parse(cause)
  if (typeof wrapped?.errorType === 'string') {
    return { error: wrapped.errorType, cause: String(wrapped.errorMessage ?? '') }
  }
  if (typeof wrapped?.ExecutionArn === 'string' || typeof wrapped?.executionArn === 'string') {
    const inner = wrapped as Record<string, string | undefined>
    const name = inner.Error ?? inner.error
    if (name) return firstCause({ Error: name, Cause: inner.Cause ?? inner.cause })
    // A child that was aborted or ran out of time has neither.
    const child = (inner.ExecutionArn ?? inner.executionArn ?? '').split(':').slice(-2).join(' ')
    return { error, cause: `${child} ended as ${inner.Status ?? inner.status ?? 'unknown'}` }
  }
  return wrapped ? { error, cause } : cutShort(error, cause)
}

/** Step Functions cuts causes at 32 KB; of a nested execution's, the error comes after its input and before the end. */
function cutShort(error: string, cause: string): FirstCause {
  const inner = cause.startsWith('{') ? /\\*"Error\\*":\\*"([\w.]+)/g : undefined
  const last = inner && [...cause.matchAll(inner)].at(-1)
  return last ? { error: last[1] as string, cause: cause.slice(last.index) } : { error, cause }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
