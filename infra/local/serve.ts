/** API Gateway's part in the local cloud: an HTTP server on loopback that hands every request to the API's function. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { BODY_LIMIT } from '../../functions/api/http.ts'
import { ApiProblem, problemAnswer } from '../../functions/api/problems.ts'
import type { Reply } from '../../functions/api/reply.ts'
import { handlerOf } from './definitions.ts'
import { account, region } from './ec2-network.ts'
import { contextOf } from './engine-tasks.ts'

export interface Server {
  url: string
  /** Takes no more requests; those under way are answered. */
  close(): Promise<void>
}

/** Only this computer reaches it: nobody is asked who they are here. Port 0: any that is free. */
export async function serveApi(port: number): Promise<Server> {
  const server = createServer((request, response) => void respond(request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { statusCode, headers, body } = await answer(request).catch(problemAnswer)
  // What was not read of a body that is too large goes with the connection.
  const end = request.readableEnded ? {} : { connection: 'close' }
  response.writeHead(statusCode, { ...headers, ...end, 'content-length': Buffer.byteLength(body) }).end(body)
  request.resume()
}

async function answer(request: IncomingMessage): Promise<Reply> {
  checkHost(request.headers.host ?? '')
  const name = 'handle-api'
  const handler = await handlerOf(name)
  const event = eventOf(request, await read(request))
  return (await handler(event, contextOf(name, `arn:aws:lambda:${region}:${account}:function:${name}`))) as Reply
}

/** A web page may point a name of its own at 127.0.0.1, and would then count as one of ours: only our own names are served. */
function checkHost(host: string): void {
  if (/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) return
  throw new ApiProblem('host-refused', `Host: must be 127.0.0.1 or localhost (got ${host || 'nothing'})`)
}

/** As far as it is of use: one byte more than the limit is too large already. */
async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size > BODY_LIMIT) break
  }
  return Buffer.concat(chunks)
}

function eventOf({ method = '', url = '', headers, socket }: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 {
  const query = url.indexOf('?')
  const rawPath = query < 0 ? url : url.slice(0, query)
  const at = new Date()
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: query < 0 ? '' : url.slice(query + 1),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    requestContext: {
      accountId: account,
      apiId: 'local',
      domainName: headers.host ?? '',
      domainPrefix: '',
      http: {
        method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: at.toISOString(),
      timeEpoch: at.getTime(),
    },
    ...(body.length > 0 && { body: body.toString('base64') }),
    isBase64Encoded: body.length > 0,
  }
}
