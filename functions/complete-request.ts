/**
 * Records that the array is what was asked for, an addition of LUNs that was cut off included. From now on a failed
 * workflow never undoes it.
 */
import * as z from 'zod'
import { completed } from './shared/addition.ts'
import { define } from './shared/handler.ts'
import { updateRecord } from './shared/record.ts'
import { Accepted } from './shared/shapes.ts'

export const handler = define(z.strictObject({ request: Accepted }), async ({ request }) => {
  await updateRecord(request.array, record => ({ ...completed(record), state: 'ready' }))
  return { state: 'ready' }
})
