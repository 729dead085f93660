/**
 * When to look at documents again. Each look is three state transitions, and AWS bills them; but what nobody has looked
 * at since it ended holds up all that comes after it.
 */
import { now } from './clock.ts'
import { pause } from './deadline.ts'
import type { Progress } from './shapes.ts'

/**
 * Seconds: no document with something to do has ended sooner in builds that were timed, on machines as slow as the
 * local cloud's and halved for those that are not. One with nothing to do is seen later for it, and costs no more.
 */
export const SOONEST: Readonly<Record<string, number>> = {
  'attach-host': 8,
  'configure-target': 3,
  'create-pool': 4,
  'form-cluster': 3,
  'prepare-controller': 5,
  'prepare-host': 4,
  'start-cluster': 12,
}

/** How long the cloud is left alone after it was out of sorts, in seconds. */
const TROUBLE = 5

/** In seconds; 0 where all have ended. */
export function nextRound(open: Progress[]): number {
  return open.length === 0 ? 0 : Math.min(...open.map(nextLook))
}

function nextLook({ document, began, sentAt, since, troubles }: Progress): number {
  if (troubles > 0) return TROUBLE * troubles
  // Boots take their time, but what waits for one waits for nothing else.
  if (sentAt === undefined) return Math.round(Math.min(5, Math.max(2, (now() - (since ?? began)) / 3000)))
  const elapsed = (now() - sentAt) / 1000
  const soonest = SOONEST[document.replace(/^STAR-/, '')] ?? 1
  return elapsed < soonest ? Math.max(1, Math.round(soonest - elapsed)) : pause(elapsed * 1000, 5)
}
