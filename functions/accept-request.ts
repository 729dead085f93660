/** Records the request before anything is made; an array that is there already must have been asked for in the same words. */
import * as z from 'zod'
import { differencesOf } from './shared/differences.ts'
import { ArrayExists } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { findDisks } from './shared/picture.ts'
import { type ArrayState, readRecord, writeRecord } from './shared/record.ts'
import type { ArrayRequest } from './shared/request.ts'
import { Accepted } from './shared/shapes.ts'

/** `request` is what the array has to be: as it was asked for, and with what was added since. */
interface Answer {
  state: ArrayState | 'new'
  request: ArrayRequest
}

export const handler = define(z.strictObject({ request: Accepted }), async ({ request }): Promise<Answer> => {
  const record = await readRecord(request.array)
  if (!record) {
    // Disks without a record: somebody removed the record of an array that may hold data. It is completed, never undone.
    const found = (await findDisks(request.array)).length > 0
    await writeRecord({ request, state: found ? 'ready' : 'building' })
    return { state: found ? 'ready' : 'new', request }
  }
  const differences = differencesOf(record, request)
  if (differences.length === 0) {
    return { state: record.state, request: { ...record.request, keepOnFailure: request.keepOnFailure } }
  }
  throw new ArrayExists(
    [
      `${request.array} was asked for with other settings; change the request, or take the array down first`,
      ...differences,
    ].join('\n'),
  )
})
