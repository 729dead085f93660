/** `star event FILE`: puts events on the bus, where the same rules on both clouds say what they start. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import * as z from 'zod'
import { events } from '../functions/shared/clients/events.ts'
import { CloudRefused, RequestRejected } from '../functions/shared/errors.ts'
import { problemsOfIssue } from '../functions/shared/request.ts'
import { settings } from '../functions/shared/settings.ts'
import type { Result } from '../infra/local/engine.ts'
import { startInBackground } from '../infra/local/engine-background.ts'
import { type BusEvent, eventsFile } from '../infra/local/eventbridge.ts'
import { chosenCloud } from './chosen.ts'
import { withCloud, withLocal } from './cloud.ts'
import { exitCodes, WorkflowFailed } from './failure.ts'
import { readJson } from './options.ts'
import { type HowToShow, type Local, outcomeOf, shown } from './workflow.ts'

export interface EventFlags {
  timings?: boolean
  json?: boolean
}

/** What an event says, and what the bus adds to it: an event that was copied from there is taken, too. */
const Events = z
  .array(
    z.strictObject({
      source: z.string().min(1),
      'detail-type': z.string().min(1),
      detail: z.record(z.string(), z.unknown()),
      resources: z.array(z.string()).optional(),
      version: z.string().optional(),
      id: z.string().optional(),
      account: z.string().optional(),
      time: z.string().optional(),
      region: z.string().optional(),
    }),
  )
  .min(1, 'must be 1 to 10 events')
  .max(10, 'must be 1 to 10 events')

export type Put = z.output<typeof Events>[number]

export interface Started {
  id: string
  result: Result
}

export async function event(file: string, flags: EventFlags): Promise<number> {
  const puts = eventsFrom(readJson(file))
  if (chosenCloud() === 'local') return await withLocal(local => eventOn(local, puts, flags))
  return await withCloud(async () => {
    const { putOnAws } = await import('./aws/event.ts')
    const started = await shown({ title: 'event', ...flags }, how => putOnAws(puts, how))
    if (started.length === 0) console.error(`star: ${nothing}`)
    return report(started, flags)
  })
}

export async function eventOn(local: Local, puts: Put[], flags: EventFlags): Promise<number> {
  const seen = lengthOf(eventsFile(local.home))
  const started = await put(local, puts, { title: 'event', ...flags })
  const code = report(started, flags)
  if (started.length === 0) whyNothing(local.home, seen)
  return code
}

function report(started: Started[], { json }: EventFlags): number {
  if (json) console.log(JSON.stringify({ operations: started.map(told) }, null, 2))
  else for (const { id, result } of started) console.log(`${id}: ${ended[result.status]}`)
  const failed = started.find(({ result }) => result.status === 'FAILED')
  if (failed) throw new WorkflowFailed(`${failed.id} failed`, outcomeOf(failed.result))
  if (started.some(({ result }) => result.status === 'ABORTED')) return exitCodes.interrupted
  return exitCodes.ok
}

export function eventsFrom(value: unknown): z.output<typeof Events> {
  const parsed = Events.safeParse(Array.isArray(value) ? value : [value], { reportInput: true })
  if (parsed.success) return parsed.data
  throw new RequestRejected(parsed.error.issues.flatMap(problemsOfIssue))
}

/** Comes back when every operation that the events started has ended. */
async function put(local: Local, puts: Put[], how: HowToShow): Promise<Started[]> {
  return await shown(how, async options => {
    const ids: { machine: string; name: string }[] = []
    const background = startInBackground(local.cloud, {
      ...options,
      onEvent(progress) {
        const { kind, parent, machine, execution: name } = progress
        if (kind === 'execution-started' && parent === undefined) ids.push({ machine, name })
        options.onEvent?.(progress)
      },
    })
    await putEvents(puts)
    await background.idle()
    const results = ids.map(async ({ machine, name }) => {
      const result = await background.result(name)
      return result ? [{ id: `${machine}:${name}`, result }] : []
    })
    return (await Promise.all(results)).flat()
  })
}

/** Answers their ids, in order. Throws where one of them is refused. */
export async function putEvents(puts: Put[]): Promise<string[]> {
  const entries = puts.map(({ source, 'detail-type': type, detail, resources }) => ({
    EventBusName: settings().eventBus,
    Source: source,
    DetailType: type,
    Detail: JSON.stringify(detail),
    ...(resources && { Resources: resources }),
  }))
  const { Entries = [] } = await events().send(new PutEventsCommand({ Entries: entries }))
  const refused = Entries.find(({ ErrorCode }) => ErrorCode)
  if (refused) throw new CloudRefused(`EventBridge: ${refused.ErrorCode}: ${refused.ErrorMessage}`)
  return Entries.map(({ EventId = '' }) => EventId)
}

const nothing = 'nothing was started: no rule asks for this event, or it was taken before, with the same key'

const ended = { SUCCEEDED: 'ended well', FAILED: 'failed', ABORTED: 'interrupted' }

function told({ id, result: { status, output, error, cause } }: Started) {
  return { id, status: status.toLowerCase(), output, error, cause }
}

/** What the bus was told since: an operation that was refused before it began, a function that failed. */
function whyNothing(home: string, seen: number): void {
  for (const line of readFileSync(eventsFile(home)).subarray(seen).toString('utf8').trim().split('\n')) {
    const { detail } = JSON.parse(line) as BusEvent
    const { error, cause } = detail as { error?: string; cause?: string }
    if (error) throw Object.assign(new Error(cause), { name: error })
  }
  console.error(`star: ${nothing}`)
}

const lengthOf = (file: string) => (existsSync(file) ? statSync(file).size : 0)
