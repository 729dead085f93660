/** The cloud that a command works on. What it is made of is asked for through the AWS clients, on both. */
import { existsSync } from 'node:fs'
import { NoSuchArray } from '../functions/shared/errors.ts'
import type { Result, RunOptions } from '../infra/local/engine.ts'
import { openLocal } from '../infra/local/local.ts'
import { chosenCloud, star } from './chosen.ts'
import { home } from './paths.ts'
import { ensureRequirements } from './requirements.ts'
import type { Local } from './workflow.ts'

export interface HowToRun extends Pick<RunOptions, 'onEvent' | 'signal'> {
  /** A line for people, between the steps. */
  note?: (line: string) => void
}

export interface Cloud {
  /** Runs a workflow, and comes back when it has ended. */
  run(machine: string, input: unknown, how: HowToRun): Promise<Result>
  /** Removes what is kept of arrays that are gone. */
  clear(): Promise<void>
}

/** Is there one to look at? On this computer it comes with the first array. */
export const isThere = () => chosenCloud() === 'aws' || existsSync(home)

/** A local cloud that is there: none is made to find out that it is empty. On AWS, the stack. */
export async function withCloud<T>(work: (cloud: Cloud) => Promise<T>): Promise<T> {
  return chosenCloud() === 'aws' ? await onAws(work) : await withLocal(work)
}

/** With all that a new array needs: what is missing on this computer is made. */
export async function withNewCloud<T>(work: (cloud: Cloud) => Promise<T>): Promise<T> {
  if (chosenCloud() === 'aws') return await onAws(work)
  ensureRequirements(line => console.error(`star: ${line}`))
  return await using(async local => {
    await local.prepare()
    return await work(local)
  })
}

/** For commands that only this computer's cloud knows. */
export async function withLocal<T>(work: (local: Local) => Promise<T>): Promise<T> {
  if (!existsSync(home)) throw new NoSuchArray(`there is no array; ${star('up')} makes one`)
  return await using(work)
}

async function using<T>(work: (local: Local) => Promise<T>): Promise<T> {
  const local = await openLocal()
  try {
    return await work(local)
  } finally {
    await local.close()
  }
}

async function onAws<T>(work: (cloud: Cloud) => Promise<T>): Promise<T> {
  const { withAws } = await import('./aws/cloud.ts')
  return await withAws(work)
}
