/** The API as `star serve` serves it, over a local cloud in memory; every answer is held against the OpenAPI document. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, onTestFinished, vi } from 'vitest'
import { useClients } from '../../functions/shared/clients.ts'
import { useClock } from '../../functions/shared/clock.ts'
import { startInBackground } from '../../infra/local/engine-background.ts'
import { serveApi } from '../../infra/local/serve.ts'
import { openApi } from '../../infra/openapi.ts'
import { type LabOptions, openLab } from '../statemachines/lab.ts'

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, object>; parameters?: { $ref: string }[] }>>
  components: { schemas: Record<string, object>; parameters: Record<string, object> }
}
export const document = openApi() as unknown as Document

const ajv = new Ajv2020({ validateFormats: false, strict: false })
ajv.addSchema({ $id: 'star', ...document })

/** `POST /arrays 202`: what was answered in all tests of a file. */
export const answered = new Set<string>()

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
  body: any
}

export interface Call {
  body?: unknown
  /** Instead of `body`, as it is. */
  raw?: string | Buffer
  headers?: Record<string, string>
}

export async function openApiBench(options: LabOptions = {}) {
  const lab = openLab(options)
  useClients(lab.cloud)
  useClock(lab.clock.now)
  const abort = new AbortController()
  const background = startInBackground(lab.cloud, { signal: abort.signal })
  const server = await serveApi(0)
  onTestFinished(async () => {
    await server.close()
    abort.abort()
    await background.idle()
  })

  async function call(method: string, path: string, { body, raw, headers = {} }: Call = {}): Promise<Answer> {
    const changes = method === 'POST' || method === 'PUT'
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const type = changes ? { 'content-type': 'application/json' } : {}
    // No fetch: it does not let a test say which Host it asks for.
    const request = httpRequest(`${server.url}${path}`, { method, headers: { ...type, ...headers } })
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve).once('error', reject).end(sent)
    })
    const answer = {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: JSON.parse(await text(response)),
    }
    checkAgainstDocument(method, path, answer)
    return answer
  }

  /** Waits until an operation has ended. */
  async function ended(id: string) {
    const look = async () => {
      const { operation } = (await call('GET', `/operations/${id}`)).body
      return operation.status === 'running' ? undefined : operation
    }
    return await vi.waitUntil(look, { timeout: 15_000, interval: 50 })
  }

  /** Starts an operation and waits for its end. */
  async function operate(method: string, path: string, options: Call = {}) {
    const { status, body } = await call(method, path, options)
    expect(status, JSON.stringify(body)).toBe(202)
    return await ended(body.operation.id)
  }

  return { ...lab, server, background, call, ended, operate }
}

/** Where the document knows path and method, it must know the status and the shape of the answer, too. */
function checkAgainstDocument(method: string, path: string, { status, headers, body }: Answer): void {
  const template = Object.keys(document.paths).find(known =>
    new RegExp(`^${known.replace(/\{\w+\}/, '[^/]+')}$`).test(path.replace(/\?.*/, '')),
  )
  const where = `${method} ${template ?? path} ${status}`
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  expect(headers['content-type'], where).toBe(type)
  const operation = document.paths[template ?? '']?.[method.toLowerCase()]
  if (operation) {
    expect(operation.responses[status], `${where} is not in the document`).toBeDefined()
    answered.add(where)
  }
  const steps = ['paths', template ?? '', method.toLowerCase(), 'responses', String(status), 'content', type, 'schema']
  const pointer = operation ? steps.map(step => step.replaceAll('/', '~1')).join('/') : 'components/schemas/Problem'
  const valid = ajv.validate({ $ref: `star#/${pointer.split('/').map(encodeURIComponent).join('/')}` }, body)
  expect(valid, `${where}: ${ajv.errorsText()}`).toBe(true)
}
