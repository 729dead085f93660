/** What went wrong, as RFC 9457 has it. One list of kinds: the handler answers them and the OpenAPI document names them. */
import type * as z from 'zod'
import { ArrayBusy, isNamed, RequestRejected } from '../shared/errors.ts'
import { nameUnavailable } from '../shared/unavailable.ts'
import type { Problem } from './answers.ts'
import { json, type Reply } from './reply.ts'

export const kinds = {
  'not-json': [400, 'The body is not JSON'],
  'no-such-route': [404, 'There is nothing at this path'],
  'no-such-array': [404, 'There is no such array'],
  'no-such-operation': [404, 'There is no such operation'],
  'method-not-allowed': [405, 'This path does not know this method'],
  'array-busy': [409, 'Another operation changes this array'],
  'body-too-large': [413, 'The body is too large'],
  'json-needed': [415, 'The body must be sent as application/json'],
  'host-refused': [421, 'This server does not answer for that host'],
  'request-rejected': [422, 'The request breaks a rule'],
  'key-reused': [422, 'This idempotency key was used for another request'],
  'internal-error': [500, 'Something went wrong here'],
  'try-again': [503, 'This passes by itself'],
} as const satisfies Record<string, readonly [number, string]>
export type Kind = keyof typeof kinds

export type ProblemBody = z.output<typeof Problem>

/** Thrown anywhere below the handler. */
export class ApiProblem extends Error {
  override name = 'ApiProblem'
  readonly kind: Kind
  readonly extra: Partial<ProblemBody>
  readonly headers: Record<string, string>
  constructor(
    kind: Kind,
    detail: string,
    { extra = {}, headers = {} }: Pick<Partial<ApiProblem>, 'extra' | 'headers'> = {},
  ) {
    super(detail)
    this.kind = kind
    this.extra = extra
    this.headers = headers
  }
}

export function problemAnswer(thrown: unknown): Reply {
  const { kind, message, extra, headers } = asProblem(thrown)
  const [status, title] = kinds[kind]
  const body: ProblemBody = { type: `urn:star:problem:${kind}`, title, status, detail: message, ...extra }
  return json(status, body, { ...headers, 'content-type': 'application/problem+json' })
}

const PASSING = ['LockContended', 'CloudUnavailable', 'CloudThrottled']

function asProblem(error: unknown): ApiProblem {
  const thrown = nameUnavailable(error)
  if (thrown instanceof ApiProblem) return thrown
  if (thrown instanceof RequestRejected) {
    return new ApiProblem('request-rejected', thrown.message, { extra: { errors: thrown.problems } })
  }
  if (thrown instanceof ArrayBusy) return new ApiProblem('array-busy', thrown.message)
  if (isNamed(thrown, 'NoSuchArray')) return new ApiProblem('no-such-array', thrown.message)
  if (isNamed(thrown, ...PASSING)) {
    return new ApiProblem('try-again', thrown.message, { headers: { 'retry-after': '2' } })
  }
  const { name, message } = thrown as Error
  return new ApiProblem('internal-error', `${name}: ${message}`)
}
