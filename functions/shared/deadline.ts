/**
 * Waiting is a state of the workflow: it calls a function again and again until it says `ready`. Between the calls it
 * hands on a watch, which remembers when the waiting began.
 */
import * as z from 'zod'
import { now } from './clock.ts'
import { DeadlineExceeded } from './errors.ts'

/** `{}` for the first call. `since` is in milliseconds since the epoch. */
export const Watch = z.strictObject({ since: z.number().optional() })
export type Watch = z.output<typeof Watch>

export interface Waited {
  ready: boolean
  watch: Watch
  /** Until the next look. */
  seconds: number
}

export const done: Waited = { ready: true, watch: {}, seconds: 0 }

/** `what` is what is waited for, as in "waited 300 s for instance-1 to be running". Throws DeadlineExceeded. */
export function wait(watch: Watch, seconds: number, what: string): Waited {
  const since = watch.since ?? now()
  if (now() - since >= seconds * 1000) throw new DeadlineExceeded(`waited ${seconds} s for ${what}`)
  return { ready: false, watch: { since }, seconds: pause(now() - since) }
}

/**
 * Seconds. Most waits are short, so that the first looks follow soon; those that are long are looked at seldom, for each
 * look is nine of the 25,000 events that an execution may have.
 */
export function pause(waitedMs: number, most = 10): number {
  return Math.round(Math.min(most, Math.max(1, waitedMs / 5_000)))
}
