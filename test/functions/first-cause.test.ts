import { describe, expect, test } from 'vitest'
import { firstCause, inOneLine } from '../../functions/shared/first-cause.ts'

const ofFunction = (errorType: string, errorMessage: string) => ({
  Error: errorType,
  Cause: JSON.stringify({ errorType, errorMessage, trace: [] }),
})
/** As Step Functions has it: fields in the order of the alphabet. */
const ofChild = (machine: string, inner: { Error?: string; Cause?: string }, status = 'FAILED', input = '{}') => {
  const about = { ExecutionArn: `arn:aws:states:r:1:execution:${machine}:n`, Input: input, Status: status }
  return { Error: 'States.TaskFailed', Cause: JSON.stringify({ Cause: inner.Cause, Error: inner.Error, ...about }) }
}

test('a function’s own error is unwrapped', () => {
  expect(firstCause(ofFunction('DocumentFailed', 'no room'))).toEqual({ error: 'DocumentFailed', cause: 'no room' })
})

test('through any number of nested executions', () => {
  const failure = ofChild('a', ofChild('b', ofChild('c', ofFunction('ArrayBusy', 'by b'))))

  expect(firstCause(failure)).toEqual({ error: 'ArrayBusy', cause: 'by b' })
})

test.each([
  ['followed', 'StepFunctions.AWSStepFunctionsException'],
  ['only waited for', 'Sfn.SfnException'],
])(
  'a workflow that could not be started to be %s is told by AWS’s own word, through nested executions, too',
  (_, name) => {
    const cause = 'not authorized (Service: Sfn; Status Code: 400; Error Code: AccessDeniedException; Request ID: x)'
    const failure = { Error: name, Cause: cause }

    expect(firstCause(failure)).toEqual({ error: 'AccessDeniedException', cause })
    expect(firstCause(ofChild('a', failure))).toEqual({ error: 'AccessDeniedException', cause })
    expect(firstCause({ ...failure, Cause: 'no word' })).toEqual({ error: failure.Error, cause: 'no word' })
  },
)

test('a nested execution that was aborted is named', () => {
  expect(firstCause(ofChild('run-documents', {}, 'ABORTED'))).toEqual({
    error: 'States.TaskFailed',
    cause: 'run-documents n ended as ABORTED',
  })
})

describe('a cause that Step Functions cut', () => {
  const said = 'no "room", in\nC:\\, nor "Error":"Other"'
  const input = JSON.stringify({ luns: 'x'.repeat(50), Error: 'Given' })
  const wrapped = (inner: object, depth: number): { Error: string; Cause: string } =>
    depth === 0 ? (inner as never) : ofChild(`m${depth}`, wrapped(inner, depth - 1), 'FAILED', input)

  test.each([1, 2, 3, 4])('still tells the innermost one, through %i nested executions', depth => {
    for (const inner of [ofFunction('DocumentFailed', said), { Error: 'DocumentFailed', Cause: said }]) {
      const { Error: error, Cause: whole } = wrapped(inner, depth)
      const shortest = whole.indexOf('DocumentFailed', whole.indexOf('Error', whole.lastIndexOf('Other'))) + 40
      for (let length = shortest; length < whole.length; length += 7) {
        const cut = { Error: error, Cause: whole.slice(0, length) }
        expect(firstCause(cut), cut.Cause).toEqual({ error: 'DocumentFailed', cause: said })
      }
    }
  })

  test('stays where nothing can be read in it', () => {
    const cut = { Error: 'States.TaskFailed', Cause: '{"ExecutionArn":"arn:aw' }

    expect(firstCause(cut)).toEqual({ error: 'States.TaskFailed', cause: '{"ExecutionArn":"arn:aw' })
  })
})

test.each([
  [{ Error: 'States.Timeout' }, { error: 'States.Timeout', cause: '' }],
  [
    { Error: 'States.Runtime', Cause: 'a path' },
    { error: 'States.Runtime', cause: 'a path' },
  ],
  [
    { Error: 'X', Cause: '["a"]' },
    { error: 'X', cause: '["a"]' },
  ],
])('what is not wrapped stays: %j', (failure, expected) => {
  expect(firstCause(failure)).toEqual(expected)
})

test.each([
  ['waited 20 s for the agent', 'waited 20 s for the agent'],
  ['STAR-x on a: Failed\nchanged: b\nerror: no c\n{}', 'STAR-x on a: Failed: error: no c'],
  ['STAR-x on a: Failed\nTraceback:\n  File\nOSError: no d', 'STAR-x on a: Failed: OSError: no d'],
  ['STAR-x on a: Failed\nsome words', 'STAR-x on a: Failed'],
])('in one line: %j', (cause, line) => {
  expect(inOneLine(cause)).toBe(line)
})
