/** Sends documents to those nodes that answer, unless they were sent before; what to watch are those that have not ended. */
import { advance, begin } from './advance.ts'
import { answering } from './agents.ts'
import type { DocumentsGiven, Progress } from './shapes.ts'
import { type Watch, watchOf } from './watch.ts'

export interface Sent {
  /** In the order of the runs. */
  outcomes: Progress[]
  watch: Watch
}

export async function sendRound(given: DocumentsGiven): Promise<Sent> {
  const { runs, patience, sent } = given
  const before = runs.map((run, place) => sent?.outcomes[place] ?? begin(run))
  const waiting = before.filter(({ ended, commandId }) => ended === undefined && commandId === undefined)
  const online = await answering([...new Set(waiting.map(({ instanceId }) => instanceId))])
  const outcomes = await Promise.all(before.map((was, place) => advance(given, place, was, online.has(was.instanceId))))
  return { outcomes, watch: watchOf(runs, outcomes, patience) }
}
