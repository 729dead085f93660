/** What an execution of watch-documents looks at, and what it sees. */
import { mayWait } from './agents.ts'
import { now } from './clock.ts'
import { DeadlineExceeded, DocumentFailed, DocumentLost, NodeDown } from './errors.ts'
import { lookAt } from './invocation.ts'
import { nextRound } from './pace.ts'
import type { OpenDocument, Progress, Run } from './shapes.ts'

/**
 * An Express workflow may take five minutes. But clients that wait for one are known to give up after 60 s (boto3's, the
 * console's), and how long Step Functions' own waits is not documented.
 */
const WATCH_SECONDS = 45

export interface Watch {
  documents: OpenDocument[]
  /** Until the first look. */
  seconds: number
  /** Milliseconds since the epoch. */
  until: number
}

export function watchOf(runs: Run[], outcomes: Progress[], patience?: number): Watch {
  const documents = outcomes.flatMap((outcome, place) => {
    const { node, document, instanceId, ended, began, since, commandId, sentAt, troubles } = outcome
    const { agentSeconds = 0 } = runs[place] ?? {}
    const open = { node, document, instanceId, agentSeconds, began, since, commandId, sentAt, troubles }
    return ended === undefined ? [open] : []
  })
  const ends = patience === undefined ? [] : documents.map(({ began }) => began + patience * 1000)
  return { documents, seconds: nextRound(documents), until: Math.min(now() + WATCH_SECONDS * 1000, ...ends) }
}

/** `answers`: whether the node's agent does. */
export async function progressOf(is: OpenDocument, answers: boolean): Promise<'open' | 'ended' | 'to be sent'> {
  try {
    if (is.commandId !== undefined) return (await lookAt(is)) ? 'ended' : 'open'
    if (answers) return 'to be sent'
    await mayWait(is, is.since ?? is.began)
    return 'open'
  } catch (error) {
    if (error instanceof DocumentLost) return 'to be sent'
    if ([DocumentFailed, DeadlineExceeded, NodeDown].some(known => error instanceof known)) return 'ended'
    throw error
  }
}
