/** `star event FILE`: puts events on the local cloud's bus, where the rules that AWS gets too say what they start. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import * as z from 'zod'
import { RequestRejected } from '../functions/shared/errors.ts'
import { problemsOfIssue } from '../functions/shared/request.ts'
import { settings } from '../functions/shared/settings.ts'
import type { Result } from '../infra/local/engine.ts'
import { startInBackground } from '../infra/local/engine-background.ts'
import { type BusEvent, eventsFile } from '../infra/local/eventbridge.ts'
import { withLocal } from './cloud.ts'
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

interface Started {
  id: string
  result: Result
}

export async function event(file: string, flags: EventFlags): Promise<number> {
  const events = eventsFrom(readJson(file))
  return await withLocal(local => eventOn(local, events, flags))
}

export async function eventOn(local: Local, events: z.output<typeof Events>, flags: EventFlags): Promise<number> {
  const seen = lengthOf(eventsFile(local.home))
  const started = await put(local, events, { title: 'event', ...flags })
  if (flags.json) console.log(JSON.stringify({ operations: started.map(told) }, null, 2))
  else for (const { id, result } of started) console.log(`${id}: ${ended[result.status]}`)
  const failed = started.find(({ result }) => result.status === 'FAILED')
  if (failed) throw new WorkflowFailed(`${failed.id} failed`, outcomeOf(failed.result))
  if (started.some(({ result }) => result.status === 'ABORTED')) return exitCodes.interrupted
  if (started.length === 0) whyNothing(local.home, seen)
  return exitCodes.ok
}

export function eventsFrom(value: unknown): z.output<typeof Events> {
  const parsed = Events.safeParse(Array.isArray(value) ? value : [value], { reportInput: true })
  if (parsed.success) return parsed.data
  throw new RequestRejected(parsed.error.issues.flatMap(problemsOfIssue))
}

/** Comes back when every operation that the events started has ended. */
async function put(local: Local, events: z.output<typeof Events>, how: HowToShow): Promise<Started[]> {
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
    const Entries = events.map(({ source, 'detail-type': type, detail, resources }) => ({
      EventBusName: settings().eventBus,
      Source: source,
      DetailType: type,
      Detail: JSON.stringify(detail),
      ...(resources && { Resources: resources }),
    }))
    await local.cloud.events.send(new PutEventsCommand({ Entries }))
    await background.idle()
    const results = ids.map(async ({ machine, name }) => {
      const result = await background.result(name)
      return result ? [{ id: `${machine}:${name}`, result }] : []
    })
    return (await Promise.all(results)).flat()
  })
}

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
  console.error('star: nothing was started: no rule asks for this event, or it was taken before, with the same key')
}

const lengthOf = (file: string) => (existsSync(file) ? statSync(file).size : 0)
