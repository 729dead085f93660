/** A lab with an array in it, whose runs are put down in an account of what was gone through. */
import { expect } from 'vitest'
import type { Inspection } from '../../functions/shared/inspection.ts'
import type { RequestInput } from '../../functions/shared/request.ts'
import type { ProgressEvent } from '../../infra/local/engine.ts'
import type { MemoryMachine } from '../../infra/local/memory-driver.ts'
import { type Lab, type LabOptions, openLab as open } from './lab.ts'

/** Events of all runs of this test file. */
export const seen: ProgressEvent[] = []

export function openLab(options: LabOptions = {}): Lab {
  const lab = open(options)
  const run: typeof lab.run = async (...args) => {
    const result = await lab.run(...args)
    seen.push(...lab.events.splice(0))
    return result
  }
  return { ...lab, run }
}

export async function built(options: LabOptions = {}, request: RequestInput = {}): Promise<Lab> {
  const lab = openLab(options)
  expect(await lab.run('provision-array', request)).toMatchObject({ status: 'SUCCEEDED' })
  lab.nodes.ran.length = 0
  return lab
}

export const look = async (lab: Lab) => (await lab.run('inspect-array', { array: 'star0001' })).output as Inspection

/** By the name in its instance's tags. */
export function machineOf(lab: Lab, name: string): MemoryMachine {
  const record = lab.cloud.store
    .list<{ id: string; state: string; tags: Record<string, string> }>('instance')
    .find(({ tags, state }) => tags['star:node'] === name && state !== 'terminated')
  return lab.machines.machines.get(record?.id ?? '') as MemoryMachine
}

/** What changed something, in its order: documents that are no look, and EC2 calls, each with its node. */
export function worksOf(lab: Lab): string[] {
  return lab.nodes.names().filter(name => !name.startsWith('inspect-'))
}

export const lockOf = (lab: Lab) => lab.cloud.store.get('parameter', '/star/star0001/lock')

/** Aborts a run at its n-th state. */
export async function killedAt(lab: Lab, step: number, machine: string, input: object): Promise<string> {
  const abort = new AbortController()
  let entered = 0
  const { status } = await lab.run(machine, input, {
    signal: abort.signal,
    onEvent: ({ kind }) => {
      if (kind === 'state-entered' && ++entered === step) abort.abort()
    },
  })
  return status
}

/** A switch for faults: the n-th of what is counted while it is armed goes wrong. */
export function breaker() {
  let left = 0
  return {
    arm(n: number) {
      left = n
    },
    /** True once. */
    trips: () => left > 0 && --left === 0,
    armed: () => left > 0,
  }
}
