/** One look at documents that have not ended: `ready` where there is something to do about them. Changes nothing. */
import * as z from 'zod'
import { answering } from './shared/agents.ts'
import { now } from './shared/clock.ts'
import { define } from './shared/handler.ts'
import { nextRound } from './shared/pace.ts'
import { OpenDocument } from './shared/shapes.ts'
import { progressOf } from './shared/watch.ts'

const Event = z.strictObject({ documents: z.array(OpenDocument), until: z.number() })

export const handler = define(Event, async ({ documents, until }) => {
  const waiting = documents.filter(({ commandId }) => commandId === undefined)
  const online = await answering([...new Set(waiting.map(({ instanceId }) => instanceId))])
  const found = await Promise.all(documents.map(document => progressOf(document, online.has(document.instanceId))))
  const open = documents.filter((_, place) => found[place] === 'open')
  const ready = open.length === 0 || found.includes('to be sent') || now() >= until
  return { ready, documents: open, seconds: nextRound(open), until }
})
