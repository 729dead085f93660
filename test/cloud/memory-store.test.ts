import { expect, test } from 'vitest'
import { memoryStore } from '../../infra/local/memory-store.ts'
import { type Kind, openStore, type Store } from '../../infra/local/store.ts'
import { randomOf } from '../sequences/random.ts'
import { temporaryFolder } from '../temporary.ts'

const kinds: Kind[] = ['instance', 'volume']
const contents = (store: Store) => kinds.map(kind => store.list(kind))

/** What a random caller does to both of them, with the answers; transactions in transactions, some of which fail. */
function act(stores: Store[], seed: number): unknown[][] {
  return stores.map(store => {
    const random = randomOf(seed)
    const answers: unknown[] = []
    const step = (depth: number) => {
      const [kind, id] = [random.pick(kinds), String(random.below(5))]
      const what = random.below(5)
      if (what === 0) store.put(kind, id, { id, value: random.next(), none: undefined })
      if (what === 1) answers.push(store.remove(kind, id))
      if (what === 2) answers.push(store.get(kind, id))
      if (what === 3) answers.push(contents(store))
      if (what !== 4 || depth > 2) return
      try {
        store.transact(() => {
          for (let i = random.below(6); i > 0; i--) step(depth + 1)
          if (random.chance(0.4)) throw new Error('taken back')
        })
      } catch (error) {
        answers.push((error as Error).message)
        // Only the outermost one is a transaction of its own.
        if (depth > 0) throw error
      }
    }
    for (let i = 0; i < 40; i++) step(0)
    return [...answers, contents(store)]
  })
}

test('the store in memory answers as the one on disk, whatever is done to it', () => {
  for (let seed = 0; seed < 30; seed++) {
    const disk = openStore(temporaryFolder('store'))
    const [memory, real] = act([memoryStore(), disk], seed)
    expect(memory).toEqual(real)
    disk.close()
  }
})
