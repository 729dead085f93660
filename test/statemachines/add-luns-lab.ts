/** What the tests of add-luns have in common: an array, a look at it, and an account of what was gone through. */
import { expect } from 'vitest'
import type { Inspection } from '../../functions/shared/inspection.ts'
import type { RequestInput } from '../../functions/shared/request.ts'
import type { ProgressEvent } from '../../infra/local/engine.ts'
import { type Lab, type LabOptions, openLab as open } from './lab.ts'

export const seen: ProgressEvent[] = []

export function openLab(options: LabOptions = {}) {
  const lab = open(options)
  const run: typeof lab.run = async (...args) => {
    const result = await lab.run(...args)
    seen.push(...lab.events.splice(0))
    return result
  }
  return { ...lab, run }
}

export async function built(request: RequestInput = {}, options: LabOptions = {}): Promise<Lab> {
  const lab = openLab(options)
  expect(await lab.run('provision-array', request)).toMatchObject({ status: 'SUCCEEDED' })
  lab.nodes.ran.length = 0
  return lab
}

export const add = (lab: Lab, input: object = { luns: [{ count: 2, size: '100M' }] }) =>
  lab.run('add-luns', { array: 'star0001', ...input })
export const look = async (lab: Lab) => (await lab.run('inspect-array', { array: 'star0001' })).output as Inspection
export const names = (lab: Lab) => lab.nodes.sims.get('star0001')?.luns.map(({ name }) => name)
export const seenBy = async (lab: Lab, host: string) =>
  ((await look(lab)).nodes.find(({ name }) => name === host)?.report as { luns: [string][] } | undefined)?.luns.map(
    ([name]) => name,
  )
export const record = (lab: Lab) =>
  JSON.parse(lab.cloud.store.get<{ value: string }>('parameter', '/star/star0001')?.value ?? '{}')
export const machine = (lab: Lab, index: number) => [...lab.machines.machines.keys()][index] ?? ''
export const SIX = ['LUN0', 'LUN1', 'LUN2', 'LUN3', 'LUN4', 'LUN5']
