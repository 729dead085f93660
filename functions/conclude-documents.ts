/** Ends what documents were run for: with their reports, or with the first failure. Throws DocumentsOpen while one has not ended. */
import * as z from 'zod'
import { advance } from './shared/advance.ts'
import { DocumentsOpen } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { raiseFirst } from './shared/outcomes.ts'
import { DocumentsGiven, SyncExecution } from './shared/shapes.ts'

const Given = DocumentsGiven.required({ sent: true }).extend({ watched: SyncExecution })

export const handler = define(z.strictObject({ given: Given }), async ({ given }) => {
  const { sent, watched, patience } = given
  const outcomes = await Promise.all(sent.outcomes.map((was, place) => advance(given, place, was)))
  const open = outcomes.filter(({ ended }) => ended === undefined)
  if (open.length > 0) {
    // StartSyncExecution answers well also where the execution failed; one that ran out of its time, or was not let look, has
    // only to begin again.
    if (watched.Status === 'FAILED' && watched.Error !== 'CloudThrottled')
      raiseFirst([{ failure: { Error: watched.Error ?? 'States.TaskFailed', Cause: watched.Cause } }])
    throw new DocumentsOpen(open.map(({ document, node }) => `${document} on ${node}`).join(', '))
  }
  if (patience === undefined) raiseFirst(outcomes)
  return { outcomes }
})
