/** Sends documents to those nodes that answer, and says what to watch: those that have not ended. */
import * as z from 'zod'
import { advance, begin } from './shared/advance.ts'
import { answering } from './shared/agents.ts'
import { define } from './shared/handler.ts'
import { DocumentsGiven } from './shared/shapes.ts'
import { watchOf } from './shared/watch.ts'

export const handler = define(z.strictObject({ given: DocumentsGiven }), async ({ given }) => {
  const { runs, patience, sent } = given
  const before = runs.map((run, place) => sent?.outcomes[place] ?? begin(run))
  const waiting = before.filter(({ ended, commandId }) => ended === undefined && commandId === undefined)
  const online = await answering([...new Set(waiting.map(({ instanceId }) => instanceId))])
  const outcomes = await Promise.all(before.map((was, place) => advance(given, place, was, online.has(was.instanceId))))
  return { outcomes, watch: watchOf(runs, outcomes, patience) }
})
