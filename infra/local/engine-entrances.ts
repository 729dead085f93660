/**
 * The interpreter's events lag behind what it does. A nested execution must not be told of before the state that starts it.
 */

/** Pairs each execution of a state with the event that tells of it. */
export function countEntrances() {
  const told = new Map<string, number>()
  let ended = false
  const waiting: { state: string; go: (on: boolean) => void }[] = []
  return {
    told(state: string) {
      const next = waiting.findIndex(waiter => waiter.state === state)
      if (next >= 0) waiting.splice(next, 1)[0]?.go(true)
      else told.set(state, (told.get(state) ?? 0) + 1)
    },
    async next(state: string): Promise<boolean> {
      if (ended) return false
      const early = told.get(state) ?? 0
      if (early === 0) return await new Promise(go => waiting.push({ state, go }))
      told.set(state, early - 1)
      return true
    },
    end() {
      ended = true
      for (const { go } of waiting.splice(0)) go(false)
    },
  }
}
