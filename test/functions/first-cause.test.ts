import { expect, test } from 'vitest'
import { firstCause } from '../../functions/shared/first-cause.ts'

const ofFunction = (errorType: string, errorMessage: string) => ({
  Error: errorType,
  Cause: JSON.stringify({ errorType, errorMessage, trace: [] }),
})
const ofChild = (machine: string, inner: object) => ({
  Error: 'States.TaskFailed',
  Cause: JSON.stringify({ ExecutionArn: `arn:aws:states:r:1:execution:${machine}:n`, Status: 'FAILED', ...inner }),
})

test('a function’s own error is unwrapped', () => {
  expect(firstCause(ofFunction('DocumentFailed', 'no room'))).toEqual({ error: 'DocumentFailed', cause: 'no room' })
})

test('through any number of nested executions', () => {
  const failure = ofChild('a', ofChild('b', ofChild('c', ofFunction('ArrayBusy', 'by b'))))

  expect(firstCause(failure)).toEqual({ error: 'ArrayBusy', cause: 'by b' })
})

test('a nested execution that was aborted is named', () => {
  expect(firstCause(ofChild('run-document', { Status: 'ABORTED' }))).toEqual({
    error: 'States.TaskFailed',
    cause: 'run-document n ended as ABORTED',
  })
})

test('a cause that Step Functions cut in the middle still tells the innermost error', () => {
  const failure = ofChild('a', { Input: 'x'.repeat(50), ...ofFunction('DocumentFailed', 'no room') })

  expect(firstCause({ ...failure, Cause: failure.Cause.slice(0, -3) })).toMatchObject({ error: 'DocumentFailed' })
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
