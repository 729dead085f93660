/** What every function has in common: its event is checked at the door, and a defect there has a name of its own. */
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import * as z from 'zod'

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
  return handler as (event: unknown, context: Context) => Promise<R>
}
