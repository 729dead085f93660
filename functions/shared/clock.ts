/** The time that deadlines are held against. Tests of the local cloud put a virtual one in its place. */
let clock: () => number = Date.now

/** Milliseconds since the epoch. */
export function now(): number {
  return clock()
}

export function useClock(replacement: () => number): void {
  clock = replacement
}
