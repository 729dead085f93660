/** Whether an array that is there is the one that is asked for, and in which fields it is not. */
import { lunsOf } from './documents.ts'
import type { ArrayRecord } from './record.ts'
import { type ArrayRequest, shorten } from './request.ts'

/** A sentence for each field. What other operations changed since the array was built is no difference. */
export function differencesOf(record: ArrayRecord, asked: ArrayRequest): string[] {
  const [there, wanted] = [flatten(asBuilt(record, asked)), flatten(comparable(asked))]
  return [...new Set([...there.keys(), ...wanted.keys()])]
    .filter(field => there.get(field) !== wanted.get(field))
    .map(field => `${field}: is ${there.get(field) ?? 'not there'}, asked for ${wanted.get(field) ?? 'nothing'}`)
}

/** As it was before LUNs were added, and before it got a schedule or perfweb that this request says nothing of. */
function asBuilt({ request, built }: ArrayRecord, asked: ArrayRequest): object {
  const least = built ?? request.luns.length
  const luns = request.luns.slice(0, Math.max(least, asked.luns.length))
  const names = luns.map(({ name }) => name)
  const hosts = request.hosts.map((host, place) => {
    const seen = lunsOf(request, host.name).filter(name => names.includes(name))
    const other = asked.hosts[place]
    const sameLuns = built !== undefined && other?.luns === 'all' && seen.length === names.length
    return {
      ...host,
      luns: host.luns === 'all' || sameLuns ? 'all' : seen,
      perfweb: host.perfweb && (other?.perfweb ?? true),
    }
  })
  return comparable({
    ...request,
    luns,
    hosts: hosts as ArrayRequest['hosts'],
    schedule: asked.schedule && request.schedule,
    perfwebFrom: asked.perfwebFrom.length === 0 ? [] : request.perfwebFrom,
  })
}

/** Whether to keep a failed build is no property of the array. */
const comparable = (request: ArrayRequest) => ({ ...shorten(request), keepOnFailure: undefined })

function flatten(value: unknown, path = ''): Map<string, string> {
  if (value === undefined) return new Map()
  if (typeof value !== 'object' || value === null) return new Map([[path, String(value)]])
  const steps = Object.entries(value).map(([key, inner]): [string, unknown] => [
    Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key,
    inner,
  ])
  return new Map(steps.flatMap(([step, inner]) => [...flatten(inner, step)]))
}
