import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  EventBridgeServiceException,
  PutEventsCommand,
  type PutEventsCommandInput,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge'
import { handlerOf } from './definitions.ts'
import { account, region } from './ec2-network.ts'
import { contextOf, copy } from './engine-tasks.ts'
import { refused } from './errors.ts'
import { loadRules, matches } from './event-rules.ts'
import { type Cloud, type Route, route } from './route.ts'

/** An event as a target gets it, and as `<home>/events.jsonl` keeps it, one a line. */
export interface BusEvent {
  version: '0'
  id: string
  'detail-type': string
  source: string
  account: string
  /** ISO 8601, whole seconds. */
  time: string
  region: string
  resources: string[]
  detail: Record<string, unknown>
}

export const eventsFile = (home: string) => join(home, 'events.jsonl')

const LIMIT = 262_144
/** Lambda takes an event from the bus, and tries again twice where the function fails. */
const ATTEMPTS = 3

/** The one bus there is here. Unlike AWS it answers once the targets have: a command may end right after it. */
async function put(cloud: Cloud, { Entries = [] }: PutEventsCommandInput) {
  if (Entries.length < 1 || Entries.length > 10) {
    throw invalid(`Value at 'entries' failed to satisfy constraint: Member must have length between 1 and 10`)
  }
  if (Entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > LIMIT) {
    throw invalid('Total size of the entries in the request is over the limit.')
  }
  const answers = []
  for (const entry of Entries) {
    const refusal = problemOf(entry)
    if (refusal) answers.push(refusal)
    else answers.push({ EventId: await publish(cloud, entry) })
  }
  return { FailedEntryCount: answers.filter(answer => 'ErrorCode' in answer).length, Entries: answers }
}

async function publish(cloud: Cloud, { Source = '', DetailType = '', Detail = '', Time, Resources = [] }: Entry) {
  const at = Time ?? new Date(cloud.clock.now())
  const event: BusEvent = {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account,
    time: at.toISOString().replace(/\.\d+/, ''),
    region,
    resources: Resources,
    detail: JSON.parse(Detail) as Record<string, unknown>,
  }
  await deliver(cloud, event)
  return event.id
}

/** Also for who brings an event back: buses deliver at least once. */
export async function deliver(cloud: Pick<Cloud, 'home'>, event: BusEvent): Promise<void> {
  const write = (line: object) => appendFileSync(eventsFile(cloud.home), `${JSON.stringify(line)}\n`)
  write(event)
  for (const { pattern, target } of loadRules()) {
    if (!matches(pattern, event)) continue
    const failure = await invoke(target, event)
    if (!failure) continue
    const { name: error, message: cause } = failure
    write({ ...event, 'detail-type': 'Delivery Failed', source: 'star.local', detail: { target, error, cause } })
  }
}

async function invoke(target: string, event: BusEvent): Promise<Error | undefined> {
  const handler = await handlerOf(target)
  let failure: Error | undefined
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      await handler(copy(event), contextOf(target, `arn:aws:lambda:${region}:${account}:function:${target}`))
      return undefined
    } catch (error) {
      failure = error as Error
    }
  }
  return failure
}

type Entry = PutEventsRequestEntry

/** One bad entry is told of, and does not hold the others up. */
function problemOf(entry: Entry): { ErrorCode: string; ErrorMessage: string } | undefined {
  for (const field of ['Source', 'DetailType', 'Detail'] as const) {
    if (!entry[field]) {
      const ErrorMessage = `Parameter ${field} is not valid. Reason: ${field} is a required argument.`
      return { ErrorCode: 'InvalidArgument', ErrorMessage }
    }
  }
  if (entry.Source?.startsWith('aws.')) {
    const ErrorMessage = `Not authorized for the source: ${entry.Source}.`
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage }
  }
  return isObject(entry.Detail ?? '')
    ? undefined
    : { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** As AWS counts it: 14 for a time, and the texts. */
function sizeOf({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: Entry): number {
  return (Time ? 14 : 0) + [Source, DetailType, Detail, ...Resources].reduce((sum, x) => sum + Buffer.byteLength(x), 0)
}

const invalid = (message: string) =>
  new EventBridgeServiceException({ ...refused, name: 'ValidationException', message, $fault: 'client' })

export const eventRoutes: Route[] = [route(PutEventsCommand, put)]
