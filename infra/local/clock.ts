import { setTimeout } from 'node:timers/promises'

/**
 * Time, as the local cloud sees it. Machines that really run live in the system's time; the in-memory ones live in
 * a time that jumps from one awaited moment to the next, so that an hour of waiting costs a test nothing.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Ends early, without an error, when the signal is given. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined),
}

export interface FastClock extends Clock {
  /** What this clock showed, or will show, at a moment of the other one. */
  at(time: number): number
}

/**
 * Begins at `start` and runs `speed` times as fast as another clock, so that a week of schedules passes while a
 * person watches. What was before it began keeps its distance in time.
 */
export function fastClock(start: number, speed: number, clock: Clock = systemClock): FastClock {
  const begun = clock.now()
  const at = (time: number) => start + (time - begun) * (time > begun ? speed : 1)
  return { at, now: () => at(clock.now()), sleep: (ms, signal) => clock.sleep(ms / speed, signal) }
}

export interface VirtualClock extends Clock {
  /** Moves time on and wakes every sleeper whose moment has come. */
  advance(ms: number): void
  /** Time stands still until the work has ended: what another process does takes real time, and none of this one. */
  during<T>(work: Promise<T>): Promise<T>
}

interface Sleeper {
  until: number
  wake: () => void
}

/**
 * Sleepers wake in the order of their moments. Time jumps to the nearest one only after the event loop went round
 * idle: work that runs beside a sleeper is done first, as it would be in real time.
 */
export function virtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  let now = start
  let sleepers: Sleeper[] = []
  let jumping = false
  let holders = 0

  const advance = (ms: number) => {
    now += ms
    const due = sleepers.filter(sleeper => sleeper.until <= now).sort((a, b) => a.until - b.until)
    sleepers = sleepers.filter(sleeper => sleeper.until > now)
    for (const sleeper of due) sleeper.wake()
  }
  const jump = () => {
    jumping = false
    if (sleepers.length === 0 || holders > 0) return
    advance(Math.max(0, Math.min(...sleepers.map(sleeper => sleeper.until)) - now))
    schedule()
  }
  const schedule = () => {
    if (jumping || sleepers.length === 0) return
    jumping = true
    setImmediate(() => setImmediate(jump))
  }
  return {
    now: () => now,
    advance,
    async during(work) {
      holders++
      try {
        return await work
      } finally {
        holders--
        schedule()
      }
    },
    sleep: (ms, signal) =>
      new Promise(resolve => {
        if (signal?.aborted) return resolve()
        const sleeper = { until: now + Math.max(0, ms), wake: resolve }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter(other => other !== sleeper)
          resolve()
        })
        schedule()
      }),
  }
}
