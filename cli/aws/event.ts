/** `star event` on AWS: what is put on the bus there starts by itself what the rules say; it is looked for, and followed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn'
import { sfn } from '../../functions/shared/clients/sfn.ts'
import { isNamed } from '../../functions/shared/errors.ts'
import { acceptInput } from '../../functions/shared/operations.ts'
import { stateMachineArn } from '../../functions/shared/settings.ts'
import { executionName } from '../../functions/shared/start-operation.ts'
import { loadRules, matches } from '../../infra/local/event-rules.ts'
import type { HowToRun } from '../cloud.ts'
import { type Put, putEvents, type Started } from '../event.ts'
import { followShown } from './cloud.ts'

/** So long the bus and the function behind it may take to start something. */
const PATIENCE_MS = 30_000

/** Comes back when every operation that the events started has ended. Throws RequestRejected where one could not start. */
export async function putOnAws(events: Put[], how: HowToRun): Promise<Started[]> {
  const rules = loadRules()
  const asking = events.filter(event => rules.some(({ pattern }) => matches(pattern, event)))
  const tries = new Map(await Promise.all(asking.map(async event => [event, await nextTry(event)] as const)))
  const ids = await putEvents(events)
  const started = events.map(async (event, i): Promise<Started[]> => {
    const attempt = tries.get(event)
    if (!attempt) return []
    acceptInput('add-luns', event.detail)
    const executionArn = arnOf(event, ids[i] ?? '', attempt)
    if (!(await appears(executionArn, how.signal))) return []
    const end = await followShown(executionArn, how)
    return [{ id: executionArn.split(':').slice(-2).join(':'), result: { executionArn, ...end } }]
  })
  return (await Promise.all(started)).flat()
}

/** As the function take-event names it: by the request's own key, or by the event's id; after a failure by another one. */
function arnOf({ detail }: Put, id: string, attempt: number): string {
  const key = typeof detail.key === 'string' ? detail.key : id
  const name = executionName(String(detail.array), attempt === 1 ? key : `${key} ${attempt}`)
  return `${stateMachineArn('add-luns').replace(':stateMachine:', ':execution:')}:${name}`
}

/** Undefined where a request with this key goes on, or has ended well: nothing will be started. */
async function nextTry(event: Put, attempt = 1): Promise<number | undefined> {
  if (typeof event.detail.key !== 'string') return 1
  const status = await statusOf(arnOf(event, '', attempt))
  if (status === undefined) return attempt
  return status === 'RUNNING' || status === 'SUCCEEDED' ? undefined : await nextTry(event, attempt + 1)
}

async function appears(executionArn: string, signal?: AbortSignal): Promise<boolean> {
  const end = Date.now() + PATIENCE_MS
  while ((await statusOf(executionArn)) === undefined) {
    if (Date.now() > end || signal?.aborted) return false
    await sleep(1_000)
  }
  return true
}

async function statusOf(executionArn: string): Promise<string | undefined> {
  try {
    return (await sfn().send(new DescribeExecutionCommand({ executionArn }))).status
  } catch (error) {
    if (isNamed(error, 'ExecutionDoesNotExist')) return undefined
    throw error
  }
}
