/** One step of the making of one thing: asked for, waited for, there. What goes wrong with it holds up nothing beside it. */
import { createHash } from 'node:crypto'
import { now } from '../clock.ts'
import { pause } from '../deadline.ts'
import { CloudThrottled, CloudUnavailable, DeadlineExceeded, isNamed } from '../errors.ts'
import type { Making } from '../shapes.ts'
import { nameUnavailable } from '../unavailable.ts'

/** Its placement group has no room for an instance: it is launched without. */
export class NoRoomInGroup extends Error {}

export interface Work {
  /** ARN. */
  execution: string
  step: Making['step']
  /** What it is about, for a person. */
  node: string
  /** How long it is waited for once it was asked for. */
  seconds: number
  /** Sees to it that it is there. What is waited for, as in `instance-1 (i-1) to be running`; undefined where it is done. */
  make(was: Making): Promise<string | undefined>
}

export const begin = ({ step, node }: Work): Making => ({ step, node, began: now(), troubles: 0 })

/** Never throws: what goes wrong is a part of how far it has come. */
export async function advance(work: Work, was: Making): Promise<Making> {
  const { make, seconds } = work
  if (was.ended !== undefined || (was.notBefore ?? 0) > now()) return was
  const { trouble: _, notBefore: __, ...rest } = was
  try {
    const what = await make(was)
    if (what === undefined) return { ...rest, troubles: 0, ended: now() }
    const since = was.since ?? now()
    if (now() - since >= seconds * 1000) throw new DeadlineExceeded(`waited ${seconds} s for ${what}`)
    return { ...rest, troubles: 0, since }
  } catch (error) {
    return after(nameUnavailable(error) as Error, work, was)
  }
}

/** Seconds: so long a thing is asked for while the account asks for too much. Create-resources has an hour. */
const PATIENCE = 3000

/** How often it is tried again, and how long it is left alone the first time, in seconds; then twice as long each time. */
function patienceWith(error: Error, { began }: Making) {
  if (error instanceof CloudThrottled)
    return { tries: now() - began < PATIENCE * 1000 ? Infinity : 0, pause: 4, most: 60 }
  if (error instanceof CloudUnavailable) return { tries: 3, pause: 5, most: 60 }
  // What EC2 has no room for now it may have in a few minutes.
  if (isNamed(error, 'InsufficientInstanceCapacity')) return { tries: 4, pause: 15, most: 120 }
  return { tries: 0, pause: 0, most: 0 }
}

function after(error: Error, { execution }: Work, was: Making): Making {
  const failure = { Error: error.name, Cause: error.message }
  // By the next call: what the workflow hands over decides, so that a call that is made twice does the same twice.
  if (error instanceof NoRoomInGroup) return { ...was, alone: true, notBefore: now() + 1000 }
  const { troubles } = was
  const { tries, pause, most } = patienceWith(error, was)
  if (troubles >= tries) return { ...was, failure, ended: now() }
  const seconds = Math.min(most, pause * 2 ** troubles) * (error instanceof CloudThrottled ? share(execution, was) : 1)
  return { ...was, trouble: failure, troubles: troubles + 1, notBefore: now() + Math.ceil(seconds * 1000) }
}

/** Many that were throttled at once shall not ask again at once: from 0 to 1, another one for each and each time. */
function share(execution: string, { node, troubles }: Making): number {
  const digest = createHash('sha256').update(`${execution} ${node} ${troubles}`).digest()
  return digest.readUInt32BE() / 2 ** 32
}

/** Seconds until one of them is worth another look. */
export const nextRound = (open: Making[]): number =>
  Math.max(1, Math.min(...open.map(({ began, notBefore }) => untilLook(began, notBefore))))

const untilLook = (began: number, notBefore?: number) =>
  notBefore === undefined ? pause(now() - began) : Math.ceil((notBefore - now()) / 1000)
