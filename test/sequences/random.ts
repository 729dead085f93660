/** Numbers that look random and are the same for the same seed, so that what failed once can be run again. */
export interface Random {
  /** 0 to 1, without 1. */
  next(): number
  below(limit: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** Each with its weight. */
  weigh<T>(list: readonly (readonly [T, number])[]): T
}

/** mulberry32: 32 bits of state, good enough to choose among things. */
export function randomOf(seed: number): Random {
  // Neighbours among seeds must not begin alike.
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    chance: probability => next() < probability,
    pick: list => list[below(list.length)] as (typeof list)[number],
    weigh(list) {
      let left = next() * list.reduce((sum, [, weight]) => sum + weight, 0)
      const found = list.find(([, weight]) => {
        left -= weight
        return left < 0
      })
      return (found ?? list[0])?.[0] as (typeof list)[number][0]
    },
  }
}
