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
  if (wrapped) return { error, cause }
  // Where Step Functions could not start a workflow, it has AWS's word in its text alone.
  const [, code] = (OF_START.test(error) && /Error Code: (\w+)/.exec(cause)) || []
  return code ? { error: code, cause } : cutShort(error, cause)
}

const OF_START = /^(StepFunctions|Sfn)\.\w+Exception$/

/**
 * Step Functions cuts causes at 32 KB, and what nested executions were given may be longer than that. Fields come in the
 * order of the alphabet: the innermost cause is the first thing of all, and its error the next.
 */
const INNERMOST = /^(?:\{\\*"Cause\\*":\\*")*\{(\\*)"Cause\1":\1"(.*?)(?<!\\)\1",\1"Error\1":\1"([\w.]+)\1"/s

function cutShort(error: string, cause: string): FirstCause {
  const [, slashes, text, name] = INNERMOST.exec(cause) ?? []
  if (slashes === undefined || name === undefined) return { error, cause }
  // A text within a text within a text: each doubles the backslashes of the one before, and adds one.
  const depth = Math.log2(slashes.length + 1) + 1
  const inner = Array.from({ length: depth }).reduce<string>(escaped => JSON.parse(`"${escaped}"`), text ?? '')
  return firstCause({ Error: name, Cause: inner })
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** In one line, for lists: what failed, and what a document itself said last of why. */
export function inOneLine(cause: string): string {
  const [first = '', ...lines] = cause.split('\n')
  const said = lines.findLast(line => /^(error|\w+Error): /.test(line))
  return said === undefined ? first : `${first}: ${said}`
}
