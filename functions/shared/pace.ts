/**
 * When to look at documents again: soon, for a look costs next to nothing, and what nobody has looked at since it ended
 * holds up all that comes after it; but what takes minutes is not asked for every second, for AWS counts the calls.
 */
import { now } from './clock.ts'
import type { OpenDocument } from './shapes.ts'

/** How long the cloud is left alone after it was out of sorts, in seconds. */
const TROUBLE = 5

/** In seconds; 0 where all have ended. */
export function nextRound(open: OpenDocument[]): number {
  return open.length === 0 ? 0 : Math.min(...open.map(nextLook))
}

function nextLook({ began, sentAt, since, troubles }: OpenDocument): number {
  if (troubles > 0) return TROUBLE * troubles
  const elapsed = (now() - (sentAt ?? since ?? began)) / 1000
  // What waits for a boot waits for nothing else.
  return Math.round(Math.min(3, Math.max(sentAt === undefined ? 2 : 1, elapsed / 8)))
}
