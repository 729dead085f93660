/** Looks at a document that was sent: still running, done with a report, or failed in words that name the node. */
import * as z from 'zod'
import { now } from './shared/clock.ts'
import { pause } from './shared/deadline.ts'
import { DocumentLost } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { findInvocation, outcomeOf } from './shared/invocation.ts'
import { Run } from './shared/shapes.ts'

const Sent = z.strictObject({ commandId: z.string(), sentAt: z.number(), attempt: z.number() })
const Event = z.strictObject({ run: Run, sent: Sent })

/** For so long the service may not know of a command it has just taken. */
const VISIBLE_SECONDS = 30
/** Longer than any document may run; only a service that lost a command comes to this. */
const LOST_SECONDS = 7_500

/** `report` is there once it is ready; until then `seconds` is how long to wait for the next look. */
export const handler = define(Event, async ({ run: { document, node, instanceId }, sent: { commandId, sentAt } }) => {
  const what = `${document} on ${node}`
  const seconds = (now() - sentAt) / 1000
  const invocation = await findInvocation(instanceId, commandId)
  if (!invocation && seconds > VISIBLE_SECONDS) throw new DocumentLost(`${what} was sent, but nothing is known of it`)
  const report = invocation && outcomeOf(invocation, what)
  if (report) return { ready: true, report }
  if (seconds > LOST_SECONDS) throw new DocumentLost(`${what} has not ended in ${LOST_SECONDS} s`)
  return { ready: false, seconds: pause(seconds * 1_000, 5) }
})
