/** The time that deadlines are held against. Tests of the local cloud put a virtual one in its place. */
let clock: () => number = Date.now

/** Milliseconds since the epoch. */
export function now(): number {
  return clock()
}

export function useClock(replacement: () => number): void {
  clock = replacement
}

/** The date that schedules are held against: the same time, unless somebody tries a schedule on a calendar that runs fast. */
let calendar: () => number = () => now()

/** Milliseconds since the epoch. */
export function date(): number {
  return calendar()
}

export function useCalendar(replacement: () => number): void {
  calendar = replacement
}
