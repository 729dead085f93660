/** Holds a request against the schema and the rules, and spells out every default. Nothing has been made yet. */
import * as z from 'zod'
import { RequestRejected } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { acceptRequest } from './shared/request.ts'
import { settings } from './shared/settings.ts'

export const handler = define(z.strictObject({ request: z.unknown() }), async event => {
  const request = acceptRequest(event.request)
  const { region } = settings()
  if (request.zone.slice(0, -1) !== region) {
    throw new RequestRejected([
      { field: 'zone', rule: `must be a zone of ${region}, where STAR runs`, got: request.zone },
    ])
  }
  return request
})
