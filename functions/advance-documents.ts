/** One look at documents that run beside each other, each on its node: what can be sent is sent, what has ended is told. */
import * as z from 'zod'
import { advance, begin } from './shared/advance.ts'
import { answering } from './shared/agents.ts'
import { define } from './shared/handler.ts'
import { nextRound } from './shared/pace.ts'
import { Progress, Run } from './shared/shapes.ts'

const Event = z.strictObject({
  given: z.strictObject({
    runs: z.array(Run),
    /** Seconds for each. With it a failure is an answer too, and whoever wants a report fetches it by its command's id. */
    patience: z.number().optional(),
  }),
  /** In the order of `runs`; empty at first. */
  outcomes: z.array(Progress),
})

export const handler = define(Event, async ({ given: { runs, patience }, outcomes }) => {
  const before = runs.map((run, place) => outcomes[place] ?? begin(run))
  const waiting = before.filter(({ ended, commandId }) => ended === undefined && commandId === undefined)
  const online = await answering([...new Set(waiting.map(({ instanceId }) => instanceId))])
  const after = await Promise.all(
    runs.map(async (run, place) => {
      const progress = await advance(run, before[place] as Progress, online.has(run.instanceId), patience)
      return patience === undefined ? progress : { ...progress, report: undefined }
    }),
  )
  const open = after.filter(({ ended }) => ended === undefined)
  const failed = patience === undefined && after.some(({ failure }) => failure)
  const state = open.length > 0 ? 'open' : failed ? 'failed' : 'done'
  return { outcomes: after, state, seconds: nextRound(open) }
})
