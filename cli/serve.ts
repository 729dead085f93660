/** `star serve`: the HTTP API on loopback in front of the local cloud. Schedules are applied while it runs. */
import type { Applied } from '../functions/shared/apply-schedule.ts'
import { type Clock, fastClock, systemClock } from '../infra/local/clock.ts'
import type { ProgressEvent } from '../infra/local/engine.ts'
import { startInBackground } from '../infra/local/engine-background.ts'
import { openLocal } from '../infra/local/local.ts'
import { applyEvery } from '../infra/local/schedules.ts'
import { type Server, serveApi } from '../infra/local/serve.ts'
import { markServing } from '../infra/local/serving.ts'
import { chosenCloud } from './chosen.ts'
import { exitCodes, Mistake } from './failure.ts'
import { ensureRequirements } from './requirements.ts'
import type { Local } from './workflow.ts'

export interface ServeFlags {
  port: number
  /** The date that schedules live in: when it begins, and how many times as fast as time it goes. */
  time?: string
  speed?: number
}

type Serving = Pick<ServeFlags, 'port' | 'speed'> & { clock: Clock }

const say = (line: string) => console.log(`${new Date().toTimeString().slice(0, 8)}  ${line}`)

export async function serve(flags: ServeFlags): Promise<number> {
  if (chosenCloud() === 'aws') return (await import('./aws/instead.ts')).serveInstead()
  const clock = calendarOf(flags)
  ensureRequirements(line => console.error(`star: ${line}`))
  const local = await openLocal()
  try {
    await local.prepare()
    return await serveOn(local, { ...flags, clock }, interrupted())
  } finally {
    await local.clear()
    await local.close()
  }
}

/** Serves until `end`; what still runs then is stopped. */
export async function serveOn(local: Local, { port, clock, speed = 1 }: Serving, end: Promise<void>): Promise<number> {
  const abort = new AbortController()
  const { signal } = abort
  const running = new Set<string>()
  const server = await listen(port)
  const unmark = markServing(local.home)
  const background = startInBackground(local.cloud, { signal, onEvent: event => tell(event, running) })
  // At most once a second, however fast the calendar goes.
  const intervalMs = Math.max(60_000, 1_000 * speed)
  const timer = applyEvery(local.cloud, { clock, intervalMs, signal, onApplied: applied(clock), onError })
  say(`the API is at ${server.url} (docs/api.md); schedules are applied. Ctrl-C ends it`)
  await end
  const stopped = [...running]
  if (stopped.length > 0) say(`stopping ${stopped.join(', ')}; Ctrl-C again ends at once`)
  abort.abort()
  await Promise.all([server.close(), timer, background.idle()])
  unmark()
  if (stopped.length === 0) return exitCodes.ok
  say('each of them can be asked for again, and goes on from there')
  return exitCodes.interrupted
}

export function calendarOf({ time, speed = 1 }: Pick<ServeFlags, 'time' | 'speed'>): Clock {
  if (time === undefined && speed === 1) return systemClock
  const start = time === undefined ? Date.now() : Date.parse(time)
  if (Number.isNaN(start)) throw new Mistake(`--time: must be a time such as 2026-11-24T18:55:00+09:00 (got ${time})`)
  if (speed < 1) throw new Mistake('--speed: must be 1 or more')
  return fastClock(start, speed)
}

async function listen(port: number): Promise<Server> {
  try {
    return await serveApi(port)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new Mistake(`--port: somebody else listens on ${port}`)
  }
}

/** A line for each operation that begins or ends; the steps are in `star logs`. */
function tell({ kind, parent, machine, execution, error, cause }: ProgressEvent, running: Set<string>): void {
  if (parent !== undefined) return
  const id = `${machine}:${execution}`
  if (kind === 'execution-started') {
    running.add(id)
    say(`${id} begins`)
  } else if (kind === 'execution-ended') {
    running.delete(id)
    say(error ? `${id} failed: ${error}: ${cause?.split('\n')[0] ?? ''}` : `${id} ended well`)
  }
}

function applied(clock: Clock) {
  return (applications: Applied[]) => {
    for (const { array, action, operation } of applications) {
      if (operation) say(`schedule, ${new Date(clock.now()).toISOString()}: ${action} ${array}`)
    }
  }
}

const onError = (error: Error) => say(`schedule: ${error.message}`)

/** Ctrl-C, once; the second one ends the process at once. */
function interrupted(): Promise<void> {
  return new Promise(resolve => {
    let asked = false
    const ask = () => {
      if (asked) process.exit(exitCodes.interrupted)
      asked = true
      resolve()
    }
    process.on('SIGINT', ask)
    process.on('SIGTERM', ask)
  })
}
