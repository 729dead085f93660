/**
 * A random sequence of what users do with an array, and of what goes wrong meanwhile: from a seed, and from nothing
 * else. It runs in memory in virtual time, and on machines through the command.
 */
import type { AddLuns, Operation } from '../../functions/shared/operations.ts'
import type { RequestInput } from '../../functions/shared/request.ts'
import { type Random, randomOf } from './random.ts'

export const ARRAY = 'star0001'

export interface Act {
  operation: Operation
  input: Record<string, unknown>
}

/** `at` is a share of the time that the operation usually takes: 0 to 1, and somewhat over it, when it has ended. */
export type Trouble = { kind: 'kill'; at: number } | { kind: 'cut'; at: number; node: number }

export interface Deed {
  act: Act
  troubles: Trouble[]
}

export interface Step extends Deed {
  /** Begins while the first one is at work. */
  beside?: Deed & { at: number }
}

export interface Sequence {
  seed: number
  request: RequestInput
  steps: Step[]
  /** What a user does in the end; each of these must succeed. */
  closing: Act[]
  /** Another array is there, and must stay as it is. */
  neighbour: boolean
}

export interface Kinds {
  /** With their weights. */
  operations: readonly (readonly [Operation, number])[]
  closing: readonly (readonly [Operation[], number])[]
  /** Power cuts of nodes. */
  cuts: boolean
  /** Unless given, each sequence has its own. */
  request?: RequestInput
  /** No sequence has more steps: on machines each takes minutes. */
  most?: number
}

/** Everything there is, for arrays that cost nothing. */
export const everything: Kinds = {
  operations: [
    ['provision-array', 3],
    ['add-luns', 6],
    ['reboot-nodes', 2],
    ['failover-array', 2],
    ['stop-array', 2],
    ['start-array', 2],
    ['schedule-array', 1],
    ['enable-perfweb', 1],
    ['teardown-array', 1.5],
  ],
  closing: [
    [['provision-array'], 5],
    [['provision-array', 'stop-array'], 2],
    [['teardown-array'], 3],
  ],
  cuts: true,
}

export function sequenceOf(seed: number, kinds: Kinds = everything): Sequence {
  const random = randomOf(seed)
  const request = kinds.request ?? requestOf(random)
  const up = { operation: 'provision-array', input: request } as Act
  const steps: Step[] = []
  const before: Act[] = []
  const actOf = (operation: Operation): Act => {
    if (operation === 'provision-array') return up
    const act =
      operation === 'add-luns' ? additionOf(random, request, before) : { operation, input: inputOf(random, operation) }
    before.push(act)
    return act
  }
  const count = Math.min(3 + random.below(4), kinds.most ?? Number.POSITIVE_INFINITY)
  for (let place = 0; place < count; place++) {
    // Without an array there is little to be done: most begin with one.
    const first = place === 0 && random.chance(0.9)
    const step: Step = deedOf(random, first ? up : actOf(random.weigh(kinds.operations)), kinds)
    if (random.chance(0.15)) {
      step.beside = { ...deedOf(random, actOf(random.weigh(kinds.operations)), kinds), at: random.next() }
    }
    steps.push(step)
  }
  const closing = random
    .weigh(kinds.closing)
    .map((operation): Act => (operation === 'provision-array' ? up : { operation, input: { array: ARRAY } }))
  return { seed, request, steps, closing, neighbour: random.chance(0.1) }
}

function deedOf(random: Random, act: Act, { cuts }: Kinds): Deed {
  const troubles: Trouble[] = []
  if (random.chance(0.35)) troubles.push({ kind: 'kill', at: momentOf(random) })
  if (cuts && random.chance(0.12)) troubles.push({ kind: 'cut', at: momentOf(random), node: random.below(8) })
  return { act, troubles }
}

/** Often early: there an operation takes its lock and decides, and many have little to do. */
const momentOf = (random: Random) => random.next() * random.pick([0.15, 1.1])

/** Small, so that little of the time goes into LUNs that are all alike. */
function requestOf(random: Random): RequestInput {
  return {
    array: ARRAY,
    disks: { count: 1 + random.below(2), size: '4G' },
    luns: [{ count: 1 + random.below(3), size: '256M' }],
    hosts: random.chance(0.3) ? [{}, { luns: random.chance(0.5) ? 'all' : ['LUN0'] }] : [{}],
  }
}

/** Names, sizes and keys out of few, so that they meet. */
function additionOf(random: Random, request: RequestInput, before: Act[]): Act {
  const additions = before.filter(({ operation }) => operation === 'add-luns')
  if (additions.length > 0 && random.chance(0.4)) return random.pick(additions)
  const size = random.pick(['64M', '128M'])
  const luns: AddLuns['luns'] = random.chance(0.4)
    ? [...new Set([random.pick(['red', 'green']), random.pick(['green', 'blue'])])].map(name => ({
        name,
        size,
        count: 1,
      }))
    : [{ count: 1 + random.below(3), size }]
  const input = {
    array: ARRAY,
    luns,
    ...(random.chance(0.5) && { key: random.pick(['one', 'two', 'three']) }),
    ...(request.hosts && request.hosts.length > 1 && random.chance(0.3) && { hosts: ['instance-2'] }),
  }
  return { operation: 'add-luns', input }
}

function inputOf(random: Random, operation: Operation): Act['input'] {
  const array = { array: ARRAY }
  if (operation === 'reboot-nodes' || operation === 'stop-array') return { ...array, force: random.chance(0.3) }
  if (operation === 'failover-array') {
    return { ...array, force: random.chance(0.3), ...(random.chance(0.5) && { to: random.pick([1, 2]) }) }
  }
  if (operation !== 'schedule-array') return array
  const schedule = { start: '0 9 * * 1-5', stop: '0 19 * * *', timezone: 'Asia/Tokyo' }
  return random.chance(0.5)
    ? { ...array, schedule: random.chance(0.7) ? schedule : null }
    : { ...array, keepRunningUntil: '2026-11-24T20:00:00Z' }
}

/** One line a step, for people. */
export function tellOf({ act, troubles, beside }: Step): string {
  const { array: _, ...input } = act.input
  const words = act.operation === 'provision-array' ? '' : ` ${JSON.stringify(input)}`
  const wrong = troubles.map(trouble =>
    trouble.kind === 'kill'
      ? `, killed at ${trouble.at.toFixed(3)}`
      : `, power of node ${trouble.node} cut at ${trouble.at.toFixed(3)}`,
  )
  const other = beside ? ` | at ${beside.at.toFixed(3)} beside it: ${tellOf(beside)}` : ''
  return `${act.operation}${words}${wrong.join('')}${other}`
}
