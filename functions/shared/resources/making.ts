/** One step of the making of one thing: asked for, waited for, there. What goes wrong with it holds up nothing beside it. */
import { now } from '../clock.ts'
import { pause } from '../deadline.ts'
import { CloudUnavailable, DeadlineExceeded, isNamed } from '../errors.ts'
import type { Making } from '../shapes.ts'
import { nameUnavailable } from '../unavailable.ts'

/** Its placement group has no room for an instance: it is launched without. */
export class NoRoomInGroup extends Error {}

export interface Work {
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
export async function advance({ make, seconds }: Work, was: Making): Promise<Making> {
  if (was.ended !== undefined || (was.notBefore ?? 0) > now()) return was
  const { trouble: _, notBefore: __, ...rest } = was
  try {
    const what = await make(was)
    if (what === undefined) return { ...rest, troubles: 0, ended: now() }
    const since = was.since ?? now()
    if (now() - since >= seconds * 1000) throw new DeadlineExceeded(`waited ${seconds} s for ${what}`)
    return { ...rest, troubles: 0, since }
  } catch (error) {
    return after(nameUnavailable(error) as Error, was)
  }
}

/** In seconds; each time in a row it is twice as long. What EC2 has no room for now it may have in a few minutes. */
const patienceWith = (error: Error) => {
  if (error instanceof CloudUnavailable) return { tries: 3, pause: 5 }
  return isNamed(error, 'InsufficientInstanceCapacity') ? { tries: 4, pause: 15 } : { tries: 0, pause: 0 }
}

function after(error: Error, was: Making): Making {
  const failure = { Error: error.name, Cause: error.message }
  // By the next call: what the workflow hands over decides, so that a call that is made twice does the same twice.
  if (error instanceof NoRoomInGroup) return { ...was, alone: true, notBefore: now() + 1000 }
  const { tries, pause } = patienceWith(error)
  const { troubles } = was
  if (troubles >= tries) return { ...was, failure, ended: now() }
  return { ...was, trouble: failure, troubles: troubles + 1, notBefore: now() + pause * 1000 * 2 ** troubles }
}

/** Seconds until one of them is worth another look. */
export const nextRound = (open: Making[]): number =>
  Math.max(1, Math.min(...open.map(({ began, notBefore }) => untilLook(began, notBefore))))

const untilLook = (began: number, notBefore?: number) =>
  notBefore === undefined ? pause(now() - began) : Math.ceil((notBefore - now()) / 1000)
