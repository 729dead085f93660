/** Records that the array is what was asked for. From now on a failed workflow never undoes it. */
import * as z from 'zod'
import { define } from './shared/handler.ts'
import { writeRecord } from './shared/record.ts'
import { Accepted } from './shared/shapes.ts'

export const handler = define(z.strictObject({ request: Accepted }), async ({ request }) => {
  await writeRecord({ request, state: 'ready' })
  return { state: 'ready' }
})
