/**
 * A local cloud behind HTTP, in AWS's own wire protocols: for whoever has AWS_ENDPOINT_URL and any credentials in its
 * environment it is AWS, and what they send and understand is what the SDK makes of it.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import * as ec2 from '@aws-sdk/client-ec2'
import * as events from '@aws-sdk/client-eventbridge'
import * as sfn from '@aws-sdk/client-sfn'
import * as ssm from '@aws-sdk/client-ssm'
import { NormalizedSchema } from '@smithy/core/schema'
import type { LocalCloud } from '../../infra/local/cloud.ts'
import { readJson, toJson } from './aws-json.ts'
import { escaped, readForm, toXml } from './ec2-query.ts'

/** By the name that a request is signed for. */
const services = {
  ec2: { client: 'ec2', commands: ec2 },
  ssm: { client: 'ssm', commands: ssm, target: 'AmazonSSM', type: 'application/x-amz-json-1.1' },
  states: { client: 'sfn', commands: sfn, target: 'AWSStepFunctions', type: 'application/x-amz-json-1.0' },
  events: { client: 'events', commands: events, target: 'AWSEvents', type: 'application/x-amz-json-1.1' },
} as const

type Service = { client: keyof Clients; commands: object; target?: string; type?: string }
type Clients = Pick<LocalCloud, 'ec2' | 'ssm' | 'sfn' | 'events'>

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
    try {
      return await answer(cloud, service, request, body)
    } catch (error) {
      return refusal(service, error as Refusal)
    }
  })

/** Throws where nobody signed, or for a service that is not there. */
function serviceOf({ headers }: IncomingMessage): Service {
  const [, name = 'nothing'] =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(headers.authorization ?? '') ?? []
  const service = services[name as keyof typeof services]
  if (!service) throw new Error(`a request is signed for ${name}`)
  return service
}

/** What a command is made of, as far as it matters here. */
type Command = new (
  input: unknown,
) => { schema: [kind: 9, space: string, name: string, traits: number, input: never, output: never] }

async function answer(cloud: Clients, service: Service, { headers }: IncomingMessage, body: string): Promise<Answer> {
  const form = new URLSearchParams(service.target ? '' : body)
  const action = service.target ? headers['x-amz-target']?.slice(service.target.length + 1) : form.get('Action')
  const Command = (service.commands as Record<string, Command>)[`${action}Command`]
  if (!Command) throw Object.assign(new Error(`there is no ${action}`), { name: 'InvalidAction', $fault: 'client' })
  const [, , , , input, output] = new Command({}).schema
  const given = service.target
    ? readJson(NormalizedSchema.of(input), JSON.parse(body))
    : readForm(NormalizedSchema.of(input), form)
  const send = cloud[service.client].send as (command: unknown) => Promise<{ $metadata: object }>
  const { $metadata: _, ...answered } = await send.call(cloud[service.client], new Command(given ?? {}))
  const schema = NormalizedSchema.of(output)
  if (service.type) return reply(200, service.type, JSON.stringify(toJson(schema, answered)))
  const root = `${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"`
  return reply(200, 'text/xml;charset=UTF-8', toXml(schema, answered, root, `<requestId>${randomUUID()}</requestId>`))
}

function reply(status: number, type: string, body: string): Answer {
  const head = type.startsWith('text/xml') ? '<?xml version="1.0" encoding="UTF-8"?>\n' : ''
  return { status, headers: { 'content-type': type, 'x-amzn-requestid': randomUUID() }, body: head + body }
}

interface Refusal extends Error {
  $fault?: 'client' | 'server'
  $metadata?: { httpStatusCode?: number }
}

/** What is no refusal of the cloud's is a defect: of the cloud, or of the test that put a fault into it. */
function refusal({ type }: Service, { name, message, $fault, $metadata }: Refusal): Answer {
  const status = $metadata?.httpStatusCode ?? ($fault === 'client' ? 400 : 500)
  const code = $fault ? name : 'InternalError'
  const said = $fault ? message : `${name}: ${message}`
  if (type) return reply(status, type, JSON.stringify({ __type: code, message: said }))
  return reply(
    status,
    'text/xml;charset=UTF-8',
    `<Response><Errors><Error><Code>${escaped(code)}</Code><Message>${escaped(said)}</Message></Error></Errors><RequestID>${randomUUID()}</RequestID></Response>`,
  )
}
