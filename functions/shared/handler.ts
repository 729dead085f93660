/**
 * What every function has in common: its event is checked at the door, where a defect has a name of its own; and what
 * passes by itself leaves it under one name, by which workflows try again.
 */
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import * as z from 'zod'
import { nameUnavailable } from './unavailable.ts'

/** The workflow handed a function something it does not take: a defect, never a user's mistake. */
export class EventInvalid extends Error {
  override name = 'EventInvalid'
}

export function define<S extends z.ZodType, R>(schema: S, work: (event: z.output<S>) => Promise<R>) {
  const handler = middy<unknown, R>()
    .before(request => {
      const parsed = schema.safeParse(request.event)
      if (!parsed.success) throw new EventInvalid(z.prettifyError(parsed.error))
      request.event = parsed.data
    })
    .handler(async (event: unknown) => await work(event as z.output<S>))
    .onError(({ error }) => {
      throw nameUnavailable(error)
    })
  return handler as (event: unknown, context: Context) => Promise<R>
}
