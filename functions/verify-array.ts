/** Holds an inspection against what was asked for. What is still settling is looked at again, for a while. */
import * as z from 'zod'
import { done, Watch, wait } from './shared/deadline.ts'
import { isNamed, VerificationFailed } from './shared/errors.ts'
import { define } from './shared/handler.ts'

const Event = z.strictObject({ healthy: z.boolean(), problems: z.array(z.string()), watch: Watch })

const SETTLE_SECONDS = 90

export const handler = define(Event, async ({ healthy, problems, watch }) => {
  if (healthy) return done
  try {
    return wait(watch, SETTLE_SECONDS, 'the array to settle')
  } catch (error) {
    if (isNamed(error, 'DeadlineExceeded'))
      throw new VerificationFailed(`all was done, but the array is not as it must be:\n${problems.join('\n')}`)
    throw error
  }
})
