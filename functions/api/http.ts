/** Reading what API Gateway hands over: HTTP API, payload format 2.0. */
import * as z from 'zod'
import { RequestRejected } from '../shared/errors.ts'
import { ApiProblem } from './problems.ts'

/** Far above any request there can be: 256 LUNs with names are 16 KiB. */
export const BODY_LIMIT = 65_536

export const HttpEvent = z.looseObject({
  rawPath: z.string(),
  rawQueryString: z.string().default(''),
  headers: z.record(z.string(), z.string().optional()).default({}),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.looseObject({ http: z.looseObject({ method: z.string() }) }),
})
export type HttpEvent = z.output<typeof HttpEvent>

/** Names of headers come in lower case, from API Gateway as from Node's own server. */
export const header = ({ headers }: HttpEvent, name: string) => headers[name]

/**
 * The body of a request that changes something; nothing at all means `{}`. Its type is demanded even then: a web page
 * elsewhere may send plain text and forms to this address without asking, JSON it may not.
 */
export function readBody(event: HttpEvent): unknown {
  const type = header(event, 'content-type') ?? ''
  if (!/^application\/json *(;.*)?$/i.test(type)) {
    throw new ApiProblem('json-needed', `Content-Type: must be application/json (got ${type || 'nothing'})`)
  }
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')
  if (bytes.length > BODY_LIMIT) throw new ApiProblem('body-too-large', `must be at most ${BODY_LIMIT} bytes`)
  const text = bytes.toString('utf8').trim()
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch (error) {
    throw new ApiProblem('not-json', (error as Error).message)
  }
}

/** True for `?dryRun=true`. Any other parameter is refused: a word misspelled must not start an operation. */
export function readDryRun({ rawQueryString }: HttpEvent, allowed: boolean): boolean {
  const parameters = [...new URLSearchParams(rawQueryString)]
  const problems = parameters.flatMap(([field, got]) => {
    if (field !== 'dryRun' || !allowed) return [{ field, rule: 'unknown parameter' }]
    return /^(true|false)$/.test(got) ? [] : [{ field, rule: 'must be true or false', got }]
  })
  if (problems.length > 0) throw new RequestRejected(problems)
  return parameters.some(([, value]) => value === 'true')
}

/** `undefined` where none was sent. */
export function readKey(event: HttpEvent): string | undefined {
  const key = header(event, 'idempotency-key')
  if (key === undefined || /^[\x21-\x7e]{1,200}$/.test(key)) return key
  throw new RequestRejected([{ field: 'Idempotency-Key', rule: 'must be 1 to 200 printable characters, no blanks' }])
}
