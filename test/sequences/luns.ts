/**
 * Which LUNs an array may have after what was asked of it, worked out from the promises alone: each request adds once,
 * also when it was cut off and comes again. Where a command was killed there are two possible answers, so states are
 * kept as a set, and what the record says leaves those that agree with it.
 */
import { isDeepStrictEqual } from 'node:util'
import type { AddLuns } from '../../functions/shared/operations.ts'
import { acceptRequest, mebibytes, type RequestInput } from '../../functions/shared/request.ts'
import type { Outcome } from './world.ts'

/** A LUN that was asked for without a name may have any that is free. */
interface Lun {
  name?: string | undefined
  sizeMiB: number
}

export interface State {
  /** Undefined: there is no array. */
  luns?: Lun[] | undefined
  /** Built to its end once. */
  ready: boolean
  /** Idempotency keys that have added. */
  keys: string[]
  /** What was added last, if it may not have come to its end: sent again it adds nothing. */
  pending?: string | undefined
}

export const nothing: State = { ready: false, keys: [] }

/** Refusals that promise that nothing was changed. */
const REFUSALS = ['RequestRejected', 'NotReady', 'NoSuchArray', 'ArrayExists', 'ArrayBusy']

export const isRefused = ({ status, error }: Outcome) => status === 'FAILED' && REFUSALS.includes(error ?? '')

/** The states that an operation may leave behind. */
export function leftBy(state: State, outcome: Outcome): State[] {
  const { act, status } = outcome
  if (isRefused(outcome)) return [state]
  const ended = status === 'SUCCEEDED'
  if (act.operation === 'teardown-array') return ended ? [nothing] : [state, nothing]
  if (act.operation === 'provision-array') return built(state, act.input as RequestInput, ended)
  if (act.operation === 'add-luns' && state.luns) return added(state, state.luns, act.input as AddLuns, ended)
  return [state]
}

function built(state: State, request: RequestInput, ended: boolean): State[] {
  const luns = state.luns ?? acceptRequest(request).luns
  if (ended) return [{ ...state, luns, ready: true }]
  // A build that fails is undone, unless it was complete once.
  return [{ ...state, luns, ready: true }, { ...state, luns }, ...(state.ready ? [] : [nothing]), state]
}

function added(state: State, luns: Lun[], { luns: asked, hosts, key }: AddLuns, ended: boolean): State[] {
  const print = JSON.stringify([asked, hosts])
  const withKey = key === undefined ? state : { ...state, keys: [...state.keys, key] }
  const fresh = asked
    .flatMap(({ name, size, count = 1 }) =>
      Array.from({ length: count }, (): Lun => ({ name, sizeMiB: mebibytes(size) })),
    )
    .filter(({ name }) => name === undefined || !luns.some(lun => lun.name === name))
  if (state.pending === print) return ended ? [{ ...withKey, pending: undefined }] : [state, withKey]
  if (key !== undefined && state.keys.includes(key)) return ended ? [state, { ...state, pending: undefined }] : [state]
  if (fresh.length === 0) return ended ? [withKey] : [state, withKey]
  const grown = { ...withKey, luns: [...luns, ...fresh], pending: print }
  return ended ? [{ ...grown, pending: undefined }] : [state, grown]
}

/** Of two operations at once, either may have come first. */
export function leftByAll(states: State[], outcomes: Outcome[]): State[] {
  const orders = outcomes.length === 2 ? [outcomes, outcomes.toReversed()] : [outcomes]
  return orders.flatMap(order => order.reduce((all, outcome) => all.flatMap(state => leftBy(state, outcome)), states))
}

/** Those that agree with what is there, with the names that the new LUNs got. */
export function agreeing(states: State[], luns: Required<Lun>[] | undefined, ready: boolean): State[] {
  const found = states
    .filter(state =>
      luns === undefined ? state.luns === undefined : matches(state.luns, luns) && state.ready === ready,
    )
    .map(state => ({ ...state, luns }))
  return found.filter((state, place) => found.findIndex(other => isDeepStrictEqual(other, state)) === place)
}

const matches = (may: Lun[] | undefined, luns: Required<Lun>[]) =>
  may?.length === luns.length &&
  may.every(({ name, sizeMiB }, place) => {
    const there = luns[place]
    return there?.sizeMiB === sizeMiB && (name ?? there.name) === there.name
  }) &&
  new Set(luns.map(({ name }) => name)).size === luns.length
