/**
 * Time, as the local cloud sees it. Machines that really run live in the system's time; the in-memory ones live in
 * a time that jumps from one awaited moment to the next, so that an hour of waiting costs a test nothing.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  sleep(ms: number): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
}

export interface VirtualClock extends Clock {
  /** Moves time on and wakes every sleeper whose moment has come. */
  advance(ms: number): void
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

  const advance = (ms: number) => {
    now += ms
    const due = sleepers.filter(sleeper => sleeper.until <= now).sort((a, b) => a.until - b.until)
    sleepers = sleepers.filter(sleeper => sleeper.until > now)
    for (const sleeper of due) sleeper.wake()
  }
  const jump = () => {
    jumping = false
    if (sleepers.length === 0) return
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
    sleep: ms =>
      new Promise(resolve => {
        sleepers.push({ until: now + Math.max(0, ms), wake: resolve })
        schedule()
      }),
  }
}
