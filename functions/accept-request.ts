/**
 * Records the request before anything is made; an array that is there already must have been asked for in the same words.
 * That goes for its schedule, too: `schedule-array` changes it, and a request that says another one, or none, is told so.
 */
import * as z from 'zod'
import { ArrayExists } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { findDisks } from './shared/picture.ts'
import { readRecord, writeRecord } from './shared/record.ts'
import { type ArrayRequest, shorten } from './shared/request.ts'
import { Accepted } from './shared/shapes.ts'

export const handler = define(z.strictObject({ request: Accepted }), async ({ request }) => {
  const record = await readRecord(request.array)
  if (!record) {
    // Disks without a record: somebody removed the record of an array that may hold data. It is completed, never undone.
    const found = (await findDisks(request.array)).length > 0
    await writeRecord({ request, state: found ? 'ready' : 'building' })
    return { state: found ? 'ready' : 'new' }
  }
  const differences = compare(record.request, request)
  if (differences.length === 0) return { state: record.state }
  throw new ArrayExists(
    [
      `${request.array} was asked for with other settings; change the request, or take the array down first`,
      ...differences,
    ].join('\n'),
  )
})

/** Whether to keep a failed build is no property of the array. */
function compare(there: ArrayRequest, asked: ArrayRequest): string[] {
  const fields = (request: ArrayRequest) => flatten({ ...shorten(request), keepOnFailure: undefined })
  const [a, b] = [fields(there), fields(asked)]
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter(field => a.get(field) !== b.get(field))
    .map(field => `${field}: is ${a.get(field) ?? 'not there'}, asked for ${b.get(field) ?? 'nothing'}`)
}

function flatten(value: unknown, path = ''): Map<string, string> {
  if (value === undefined) return new Map()
  if (typeof value !== 'object' || value === null) return new Map([[path, String(value)]])
  const steps = Object.entries(value).map(([key, inner]): [string, unknown] => [
    Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key,
    inner,
  ])
  return new Map(steps.flatMap(([step, inner]) => [...flatten(inner, step)]))
}
