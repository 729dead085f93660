/** GetExecutionHistory: histories of the executions that this process runs, for as long as it lives. */
import {
  GetExecutionHistoryCommand,
  type GetExecutionHistoryCommandInput,
  InvalidToken,
  SFNServiceException,
} from '@aws-sdk/client-sfn'
import { refused } from './errors.ts'
import type { History } from './history.ts'
import { type Cloud, type Route, route } from './route.ts'
import { executionOf } from './sfn.ts'

/** By ARN. */
export type Histories = Map<string, History>

function getHistory(cloud: Cloud, input: GetExecutionHistoryCommandInput) {
  const { executionArn = '', maxResults = 0, reverseOrder = false, nextToken } = input
  if (maxResults < 0 || maxResults > 1_000) {
    const message = `Value '${maxResults}' at 'maxResults' failed to satisfy constraint: Member must be between 0 and 1000`
    throw new SFNServiceException({ ...refused, name: 'ValidationException', message, $fault: 'client' })
  }
  executionOf(cloud, executionArn)
  const known = cloud.histories?.get(executionArn)
  if (!known) throw new Error(`the history of ${executionArn} is not kept: it runs elsewhere, or nobody asked for that`)
  const all = [...known.events()]
  const size = maxResults || 100
  // A page goes on from an event, however many came since.
  const after = nextToken === undefined ? undefined : readToken(nextToken, input)
  const ordered = reverseOrder ? all.reverse() : all
  const from = after === undefined ? 0 : ordered.findIndex(({ id }) => id === after) + 1
  const events = ordered.slice(from, from + size)
  const more = from + size < ordered.length
  return { events, nextToken: more ? writeToken(events.at(-1)?.id ?? 0, input) : undefined }
}

const argumentsOf = ({
  executionArn,
  maxResults,
  reverseOrder,
  includeExecutionData,
}: GetExecutionHistoryCommandInput) => JSON.stringify([executionArn, maxResults, reverseOrder, includeExecutionData])

const writeToken = (id: number, input: GetExecutionHistoryCommandInput) =>
  Buffer.from(`${id} ${argumentsOf(input)}`).toString('base64url')

/** A token is good for the same arguments only. */
function readToken(token: string, input: GetExecutionHistoryCommandInput): number {
  const [, id, given] = /^(\d+) (.*)$/.exec(Buffer.from(token, 'base64url').toString()) ?? []
  if (given !== argumentsOf(input)) throw new InvalidToken({ ...refused, message: `Invalid Token: '${token}'` })
  return Number(id)
}

export const historyRoutes: Route[] = [route(GetExecutionHistoryCommand, getHistory)]
