/** Raises the first failure among what was done side by side, under its own name. */
import * as z from 'zod'
import { define } from './shared/handler.ts'
import { raiseFirst } from './shared/outcomes.ts'
import { Outcome } from './shared/shapes.ts'

export const handler = define(z.strictObject({ outcomes: z.array(Outcome) }), async ({ outcomes }) => {
  raiseFirst(outcomes)
  return { count: outcomes.length }
})
