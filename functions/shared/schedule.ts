/**
 * What a schedule wants now, and what it will do next. Pure, and decided anew each time from what the machines are: a
 * start or a stop that was missed (the array was busy, EC2 had no room, nobody looked) is made up for, and what a
 * person did since is left alone.
 */
import { Cron } from 'croner'
import type { Node } from './picture.ts'
import type { ArrayRecord } from './record.ts'
import type { Schedule } from './request.ts'

export type Action = 'start' | 'stop'

export interface Situation {
  /** Milliseconds since the epoch. */
  now: number
  schedule: Schedule
  /** ISO 8601. */
  keepRunningUntil?: string | undefined
  nodes: Pick<Node, 'state' | 'launchedAt' | 'stoppedAt'>[]
}

/** `due` is the moment in the schedule that asks for it, in milliseconds since the epoch. */
export type Decision = { action: Action; due: number } | { action: 'none'; because?: string }

/** `at` is ISO 8601. `because` is there where it is not simply the next moment of the schedule. */
export interface NextAction {
  action: Action
  at: string
  because?: string
}

/** Undefined where there is nothing to decide: no schedule, or an array that is not there yet. */
export function situationOf(record: ArrayRecord, nodes: Situation['nodes'], now: number): Situation | undefined {
  const { state, request, keepRunningUntil } = record
  return request.schedule && state === 'ready'
    ? { now, schedule: request.schedule, keepRunningUntil, nodes }
    : undefined
}

/** The latest start or stop before now counts, until the next one; at the same moment a start wins over a stop. */
export function decide(situation: Situation): Decision {
  const { now, schedule, nodes } = situation
  const start = latest(schedule.start, schedule, now)
  const stop = latest(schedule.stop, schedule, now)
  if (start === undefined && stop === undefined) return { action: 'none' }
  return (start ?? 0) >= (stop ?? 0) ? decideStart(nodes, start ?? 0) : decideStop(situation, stop ?? 0)
}

function decideStart(nodes: Situation['nodes'], due: number): Decision {
  const down = nodes.filter(({ state }) => state === 'stopped' || state === 'stopping')
  if (down.length === 0) return { action: 'none' }
  // A machine that went down by itself has no such time: it is started again.
  if (down.every(({ stoppedAt = 0 }) => stoppedAt >= due)) return { action: 'none', because: 'it was stopped by hand' }
  return { action: 'start', due }
}

/**
 * A stop that had not ended at the next start would look as if a person had stopped the array by day. It takes a few minutes;
 * milliseconds.
 */
const STOP_MS = 15 * 60_000

function decideStop({ now, schedule, keepRunningUntil, nodes }: Situation, due: number): Decision {
  const up = nodes.filter(({ state }) => state === 'running' || state === 'pending')
  if (up.length === 0) return { action: 'none' }
  if (up.every(({ launchedAt }) => launchedAt >= due)) return { action: 'none', because: 'it was started by hand' }
  if (keepRunningUntil && Date.parse(keepRunningUntil) > now) {
    return { action: 'none', because: `it is kept running until ${keepRunningUntil}` }
  }
  const start = next(schedule.start, schedule, now)
  if (start !== undefined && start - now < STOP_MS) {
    return { action: 'none', because: `it is started again at ${inZone(start, schedule.timezone)}` }
  }
  return { action: 'stop', due }
}

/** The first moment from now on at which `decide` would act if the machines stayed as they are. */
export function nextAction(situation: Situation): NextAction | undefined {
  const { now, schedule, keepRunningUntil } = situation
  const kept = keepRunningUntil ? Math.max(now, Date.parse(keepRunningUntil)) : now
  const moments = [
    now,
    kept,
    next(schedule.start, schedule, now),
    next(schedule.stop, schedule, now),
    next(schedule.stop, schedule, kept),
  ]
  let because: string | undefined
  for (const at of moments.filter(moment => moment !== undefined).sort((a, b) => a - b)) {
    const decision = decide({ ...situation, now: at })
    if (decision.action === 'none') {
      because ??= decision.because
      continue
    }
    if (decision.due < now) because ??= `due since ${inZone(decision.due, schedule.timezone)}`
    return { action: decision.action, at: new Date(at).toISOString(), ...(because && { because }) }
  }
  return undefined
}

/** `2026-11-23 19:00 (Asia/Tokyo)` */
export function inZone(at: number, timezone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone: timezone })
  return `${format.format(at)} (${timezone})`
}

type Zone = Pick<Schedule, 'timezone'>

/** Now counts as the past here, and not as the future. */
const latest = (cron: string | undefined, zone: Zone, now: number) =>
  cron === undefined
    ? undefined
    : parse(cron, zone)
        .previousRuns(1, new Date(now + 1))[0]
        ?.getTime()
const next = (cron: string | undefined, zone: Zone, now: number) =>
  cron === undefined ? undefined : parse(cron, zone).nextRun(new Date(now))?.getTime()

/**
 * Where clocks go forward, an hour that is skipped happens right after the gap, and where they go back, one that comes
 * twice counts once: also for a list of hours, which `no-wildcard` says.
 */
const parse = (cron: string, { timezone }: Zone) =>
  new Cron(cron, { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard' })
