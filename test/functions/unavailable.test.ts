/** What of AWS's errors passes by itself, and what a person has to see to. */
import { expect, test } from 'vitest'
import { CloudUnavailable } from '../../functions/shared/errors.ts'
import { raiseFirst } from '../../functions/shared/outcomes.ts'
import { nameUnavailable } from '../../functions/shared/unavailable.ts'

const error = (name: string, more: object) => Object.assign(new Error('it says'), { name, ...more })
const answered = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } })

test.each<[string, object]>([
  ['InternalError', answered(500)],
  ['Unavailable', answered(503)],
  ['TimeoutError', {}],
  ['Error', { code: 'ECONNRESET' }],
])('%s passes', (name, more) => {
  const thrown = error(name, more)

  const named = nameUnavailable(thrown) as Error

  expect(named).toMatchObject({ name: 'CloudUnavailable', cause: thrown })
  expect(named.message).toBe(`${name}: it says`)
})

test.each<[string, object]>([
  ['RequestLimitExceeded', answered(503)],
  ['ThrottlingException', answered(400)],
  ['TooManyUpdates', answered(400)],
  ['TooManyRequestsException', answered(429)],
])('%s passes when others ask less', (name, more) => {
  const named = nameUnavailable(error(name, more))

  expect(named).toMatchObject({ name: 'CloudThrottled', message: `${name}: it says` })
  expect(named).toBeInstanceOf(CloudUnavailable)
})

test.each<[string, object]>([
  ['UnauthorizedOperation', answered(403)],
  ['VcpuLimitExceeded', answered(400)],
  ['InsufficientInstanceCapacity', answered(500)],
  ['DocumentFailed', {}],
  ['TypeError', {}],
  ['Error', { code: 'ENOENT' }],
])('%s does not', (name, more) => {
  const thrown = error(name, more)

  expect(nameUnavailable(thrown)).toBe(thrown)
})

test('a document whose time was up is named, with its node: Step Functions says neither', () => {
  const failure = { Error: 'States.Timeout', Cause: '' }

  expect(() => raiseFirst([{ document: 'STAR-attach-host', node: 'instance-1', failure }])).toThrow(
    expect.objectContaining({
      name: 'DeadlineExceeded',
      message: 'STAR-attach-host on instance-1 did not end in its time',
    }),
  )
})
