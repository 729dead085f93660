/** Every path of the API, once: the handler, the OpenAPI document and the tests read this table. */
import type * as z from 'zod'
import {
  AddLuns,
  CheckArray,
  EnablePerfweb,
  FailoverArray,
  InspectArray,
  type Operation,
  PrepareImage,
  RebootNodes,
  ScheduleArray,
  StartArray,
  StopArray,
} from '../shared/operations.ts'
import { Request } from '../shared/request.ts'

export interface Route {
  /** OpenAPI's operationId. */
  id: string
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  summary: string
  /** The command that does the same. */
  command: string
  /** The workflow that it starts; a route without one only reads. */
  starts?: Operation
  /** Without one, no body is read. */
  body?: z.ZodType
}

const array = { array: true } as const

export const routes: Route[] = [
  {
    id: 'createArray',
    method: 'POST',
    path: '/arrays',
    summary: 'Build an array, or complete it',
    command: 'up',
    starts: 'provision-array',
    body: Request,
  },
  { id: 'listArrays', method: 'GET', path: '/arrays', summary: 'All arrays', command: 'list' },
  {
    id: 'getArray',
    method: 'GET',
    path: '/arrays/{name}',
    summary: 'What the cloud knows of an array, without asking its nodes',
    command: 'list',
  },
  {
    id: 'deleteArray',
    method: 'DELETE',
    path: '/arrays/{name}',
    summary: 'Remove an array with all its data',
    command: 'down',
    starts: 'teardown-array',
  },
  {
    id: 'addLuns',
    method: 'POST',
    path: '/arrays/{name}/luns',
    summary: 'Add LUNs while I/O runs',
    command: 'lun add',
    starts: 'add-luns',
    // The key is the header Idempotency-Key.
    body: AddLuns.omit({ ...array, key: true }),
  },
  {
    id: 'rebootNodes',
    method: 'POST',
    path: '/arrays/{name}/reboot',
    summary: 'Reboot both controllers, one at a time',
    command: 'reboot',
    starts: 'reboot-nodes',
    body: RebootNodes.omit(array),
  },
  {
    id: 'failoverArray',
    method: 'POST',
    path: '/arrays/{name}/failover',
    summary: 'Hand ACTIVE’s role over to the other controller',
    command: 'failover',
    starts: 'failover-array',
    body: FailoverArray.omit(array),
  },
  {
    id: 'stopArray',
    method: 'POST',
    path: '/arrays/{name}/stop',
    summary: 'Stop all nodes, in order; data stays',
    command: 'stop',
    starts: 'stop-array',
    body: StopArray.omit(array),
  },
  {
    id: 'startArray',
    method: 'POST',
    path: '/arrays/{name}/start',
    summary: 'Start a stopped array and verify it',
    command: 'start',
    starts: 'start-array',
    body: StartArray.omit(array),
  },
  {
    id: 'scheduleArray',
    method: 'PUT',
    path: '/arrays/{name}/schedule',
    summary: 'Set or remove the schedule; keep the array running in spite of it',
    command: 'schedule',
    starts: 'schedule-array',
    body: ScheduleArray.omit(array),
  },
  {
    id: 'enablePerfweb',
    method: 'POST',
    path: '/arrays/{name}/perfweb',
    summary: 'Serve graphs of disk, cpu and net from a host',
    command: 'perfweb',
    starts: 'enable-perfweb',
    body: EnablePerfweb.omit(array),
  },
  {
    id: 'inspectArray',
    method: 'POST',
    path: '/arrays/{name}/inspections',
    summary: 'Ask every node what is so; the operation’s output is the inspection',
    command: 'status',
    starts: 'inspect-array',
    body: InspectArray.omit(array),
  },
  {
    id: 'checkArray',
    method: 'POST',
    path: '/arrays/{name}/check',
    summary: 'Log in and read through every path; the operation’s output has findings, each with its remedy',
    command: 'check',
    starts: 'check-array',
    body: CheckArray.omit(array),
  },
  {
    id: 'prepareImage',
    method: 'POST',
    path: '/images',
    summary: 'Make a machine image with all packages in it, unless there is one',
    command: 'image prepare',
    starts: 'prepare-image',
    body: PrepareImage,
  },
  {
    id: 'listImages',
    method: 'GET',
    path: '/images',
    summary: 'Machine images that were made, and the one that new nodes get',
    command: 'image list',
  },
  {
    id: 'getOperation',
    method: 'GET',
    path: '/operations/{id}',
    summary: 'How far an operation is, and what it ended with',
    command: 'logs',
  },
]

export interface Match {
  route: Route
  /** What stands in the place of `{name}` or `{id}`. */
  subject: string
}

/** The route, or the methods that the path does know: none where it is no path of ours. */
export function match(method: string, rawPath: string): Match | { allowed: string[] } {
  const path = decode(rawPath)
  const found = routes.flatMap(route => {
    const subject = new RegExp(`^${route.path.replace(/\{\w+\}/, '([^/]+)')}$`).exec(path)
    return subject ? [{ route, subject: subject[1] ?? '' }] : []
  })
  return found.find(({ route }) => route.method === method) ?? { allowed: found.map(({ route }) => route.method) }
}

/** API Gateway decodes a path, Node's server does not; `:` in an operation's id is all that matters here. */
function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
