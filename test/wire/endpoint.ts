/**
 * A local cloud behind HTTP, in AWS's own wire protocols: for whoever has AWS_ENDPOINT_URL and any credentials in its
 * environment it is AWS, and what they send and understand is what the SDK makes of it.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { readJson, toJson } from './aws-json.ts'
import { escaped, readForm, toXml } from './ec2-query.ts'
import { type Clients, commandOf, type Service, services } from './services.ts'

export interface Endpoint {
  url: string
  close(): Promise<void>
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/** On loopback, at a port of its own. */
export async function serve(answer: (request: IncomingMessage, body: string) => Promise<Answer>): Promise<Endpoint> {
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const { status, headers, body } = await answer(request, await text(request))
    response.writeHead(status, headers).end(body)
  }
  const server = createServer((request, response) => void respond(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export const openEndpoint = (cloud: Clients): Promise<Endpoint> =>
  serve(async (request, body) => {
    const service = serviceOf(request)
    if (!service) return reply(403, 'text/plain', 'The request is not signed for a service that is here.')
    try {
      return await answer(cloud, service, request, body)
    } catch (error) {
      return refusal(service, error as Refusal)
    }
  })

function serviceOf({ headers: { authorization = '' } }: IncomingMessage): Service | undefined {
  const scope = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[^/]+\/([^/]+)\/aws4_request,/.exec(authorization)
  return services.find(({ signedAs }) => signedAs === scope?.[1])
}

async function answer(cloud: Clients, service: Service, { headers }: IncomingMessage, body: string): Promise<Answer> {
  const { json, name } = service
  const form = new URLSearchParams(json ? '' : body)
  const action = json ? headers['x-amz-target']?.slice(json.target.length + 1) : form.get('Action')
  const known = commandOf(service, String(action))
  if (!known) throw Object.assign(new Error(`there is no ${action}`), { name: 'InvalidAction', $fault: 'client' })
  const { Command, input, output } = known
  const given = json ? readJson(input, JSON.parse(body)) : readForm(input, form)
  const send = cloud[name].send as (command: unknown) => Promise<{ $metadata: object }>
  const { $metadata: _, ...answered } = await send.call(cloud[name], new Command(given ?? {}))
  if (json) return reply(200, json.type, JSON.stringify(toJson(output, answered)))
  const root = `${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"`
  return reply(200, xml, toXml(output, answered, root, `<requestId>${randomUUID()}</requestId>`))
}

const xml = 'text/xml;charset=UTF-8'

function reply(status: number, type: string, body: string): Answer {
  const head = type === xml ? '<?xml version="1.0" encoding="UTF-8"?>\n' : ''
  return { status, headers: { 'content-type': type, 'x-amzn-requestid': randomUUID() }, body: head + body }
}

interface Refusal extends Error {
  $fault?: 'client' | 'server'
  $metadata?: { httpStatusCode?: number }
}

/** What is no refusal of the cloud's is a defect: of the cloud, or of the test that put a fault into it. */
function refusal({ json }: Service, { name, message, $fault, $metadata }: Refusal): Answer {
  const status = $metadata?.httpStatusCode ?? ($fault === 'client' ? 400 : 500)
  const code = $fault ? name : 'InternalError'
  const said = $fault ? message : `${name}: ${message}`
  if (json) return reply(status, json.type, JSON.stringify({ __type: code, message: said }))
  const error = `<Error><Code>${escaped(code)}</Code><Message>${escaped(said)}</Message></Error>`
  return reply(status, xml, `<Response><Errors>${error}</Errors><RequestID>${randomUUID()}</RequestID></Response>`)
}
