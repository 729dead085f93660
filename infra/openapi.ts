/**
 * The OpenAPI document of the API, made from its routes and schemas: `node infra/openapi.ts` writes docs/openapi.json.
 * A test fails where the committed file is another one.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import * as answers from '../functions/api/answers.ts'
import { type Kind, kinds } from '../functions/api/problems.ts'
import { type Route, routes } from '../functions/api/routes.ts'
import { isLook } from '../functions/shared/operations.ts'
import { Request } from '../functions/shared/request.ts'

const root = join(import.meta.dirname, '..')
export const openApiFile = join(root, 'docs', 'openapi.json')

const ref = (id: string) => ({ $ref: `#/components/schemas/${id}` })
const upper = (id: string) => `${id.charAt(0).toUpperCase()}${id.slice(1)}`
const bodyId = (route: Route) => (route.body === Request ? 'ArrayRequest' : `${upper(route.id)}Request`)

/** What a reading route answers. */
const reads: Record<string, string> = {
  listArrays: 'ArrayList',
  getArray: 'ArrayView',
  listImages: 'ImageList',
  getOperation: 'OperationAnswer',
}

function schemas() {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(answers)) registry.add(schema, { id })
  for (const route of routes) if (route.body) registry.add(route.body, { id: bodyId(route) })
  // As they are sent: what has a default may be left out. Answers have none, so that the two are the same for them.
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: id => ref(id).$ref })
  return Object.fromEntries(
    Object.entries(schemas)
      .map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

const content = (id: string, type = 'application/json') => ({ [type]: { schema: ref(id) } })

const problem = (...of: Kind[]) => {
  const titles = of.map(kind => `${kind}: ${kinds[kind][1]}`)
  return { description: titles.join('; '), content: content('Problem', 'application/problem+json') }
}

/** By status; several kinds may share one. */
function problemsOf(of: Kind[]) {
  const statuses = [...new Set(of.map(kind => kinds[kind][0]))].sort()
  return Object.fromEntries(
    statuses.map(status => [String(status), problem(...of.filter(kind => kinds[kind][0] === status))]),
  )
}

const parameters = {
  name: { name: 'name', in: 'path', required: true, description: 'Name of the array', schema: { type: 'string' } },
  id: { name: 'id', in: 'path', required: true, schema: ref('OperationId') },
  dryRun: {
    name: 'dryRun',
    in: 'query',
    description: 'Check everything that can be checked, start nothing',
    schema: { type: 'boolean', default: false },
  },
  key: {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'The same key with the same request starts one operation, and answers with that one again',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
  },
}

function operationOf(route: Route) {
  const { id, summary, command, starts, body, path } = route
  const taken = [...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name), ...(starts ? ['dryRun', 'key'] : [])]
  const kindsOf: Kind[] = [
    ...(path.includes('{name}') ? (['no-such-array'] as const) : []),
    ...(path.includes('{id}') ? (['no-such-operation'] as const) : []),
    ...(starts && !isLook(starts) ? (['array-busy'] as const) : []),
    ...(starts ? (['key-reused'] as const) : []),
    ...(body ? (['not-json', 'body-too-large', 'json-needed'] as const) : []),
    'request-rejected',
    'host-refused',
    'internal-error',
    'try-again',
  ]
  return {
    operationId: id,
    summary,
    description: `The command: \`star ${command}\`.${starts ? ` The workflow: \`${starts}\`.` : ''}`,
    ...(taken.length > 0 && { parameters: taken.map(name => ({ $ref: `#/components/parameters/${name}` })) }),
    ...(body && { requestBody: { content: content(bodyId(route)) } }),
    responses: { ...(starts ? started(starts) : found(reads[id] as string)), ...problemsOf(kindsOf) },
  }
}

const found = (id: string) => ({ 200: { description: 'As it is now', content: content(id) } })

const started = (operation: string) => ({
  200: {
    description: 'With dryRun: what would be done',
    content: content(operation === 'provision-array' ? 'PlanAnswer' : 'DryRun'),
  },
  202: {
    description: 'Started, or started before with the same key',
    headers: { Location: { description: 'Where the operation is followed', schema: { type: 'string' } } },
    content: content('Started'),
  },
})

export function openApi(): Record<string, unknown> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'STAR, the see-through array',
      version,
      description:
        'Builds and operates dual-controller block storage arrays. What changes one is an operation: 202 and its id.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:8787', description: '`star serve`' }],
    paths,
    components: { parameters, schemas: schemas() },
  }
}

export const openApiText = () => `${JSON.stringify(openApi(), null, 2)}\n`

if (import.meta.main) writeFileSync(openApiFile, openApiText())
