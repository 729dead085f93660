/** Which faults come in which order: random, and the same for the same seed. */
import { type Random, randomOf } from '../../test/sequences/random.ts'
import { type Fault, faults } from './faults.ts'

export interface Trial {
  first: Fault
  /** Comes so many seconds after the first one, while that is being dealt with. */
  second?: { fault: Fault; after: number }
  /** Seconds that each of them lasts. */
  lasts: [number, number]
}

const PAIRS = 0.3
const GAP = 20

/** Those that have these words in their name. */
export const faultsNamed = (words: string) => faults.filter(({ name }) => name.includes(words))

/** Every fault comes once before any comes again. Of those with certain words each comes alone. */
export function trialsOf(seed: number, count: number, words?: string): Trial[] {
  const random = randomOf(seed)
  let deck: Fault[] = []
  const draw = () => {
    if (deck.length === 0) deck = shuffled(words === undefined ? faults : faultsNamed(words), random)
    return deck.pop() as Fault
  }
  return Array.from({ length: count }, () => {
    const first = draw()
    const second = words === undefined && random.chance(PAIRS) ? { fault: draw(), after: random.below(GAP) } : undefined
    const lasts: Trial['lasts'] = [lengthOf(first, random), second ? lengthOf(second.fault, random) : 0]
    return second ? { first, second, lasts } : { first, lasts }
  })
}

const lengthOf = ({ lasts: [from, to] = [0, 0] }: Fault, random: Random) =>
  Math.round((from + (to - from) * random.next()) * 10) / 10

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const rest = [...list]
  return list.map(() => rest.splice(random.below(rest.length), 1)[0] as T)
}

export function tellOf({ first, second, lasts }: Trial): string {
  const one = (fault: Fault, seconds: number) => (fault.lasts ? `${fault.name} (${seconds} s)` : fault.name)
  if (!second) return one(first, lasts[0])
  return `${one(first, lasts[0])}; ${second.after} s later ${one(second.fault, lasts[1])}`
}
