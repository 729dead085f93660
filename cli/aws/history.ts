/** Reads an execution's history bit by bit, while it grows. */
import {
  GetExecutionHistoryCommand,
  type GetExecutionHistoryCommandOutput,
  type HistoryEvent,
} from '@aws-sdk/client-sfn'
import { sfn } from '../../functions/shared/clients/sfn.ts'

/** Enough for a look at a workflow that goes on; what is known already is not worth sending again. */
const LOOK = 10
const MOST = 1_000

export type Reader = () => Promise<HistoryEvent[]>

/** Answers what is new since the last time, in order. There is no way to ask for that: it is read from the end. */
export function readerOf(executionArn: string): Reader {
  let known = 0
  return async () => {
    const events = (known > 0 && (await back(executionArn, known, LOOK, 1))) || (await back(executionArn, known, MOST))
    known = events?.at(-1)?.id ?? known
    return events ?? []
  }
}

/** All events after `known`, or nothing where more pages than allowed would be needed. */
async function back(executionArn: string, known: number, maxResults: number, pages = Number.POSITIVE_INFINITY) {
  const found: HistoryEvent[] = []
  let nextToken: string | undefined
  for (let page = 0; page < pages; page++) {
    const answer: GetExecutionHistoryCommandOutput = await sfn().send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults, nextToken }),
    )
    found.push(...(answer.events ?? []))
    nextToken = answer.nextToken
    if (!nextToken || found.some(({ id = 0 }) => id <= known + 1)) {
      return found.filter(({ id = 0 }) => id > known).reverse()
    }
  }
  return undefined
}
