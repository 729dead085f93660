/** What the tests of add-luns have in common. */
import type { RequestInput } from '../../functions/shared/request.ts'
import * as array from './array-lab.ts'
import type { Lab, LabOptions } from './lab.ts'

export { look, openLab, seen } from './array-lab.ts'

export const built = (request: RequestInput = {}, options: LabOptions = {}) => array.built(options, request)
export const add = (lab: Lab, input: object = { luns: [{ count: 2, size: '100M' }] }) =>
  lab.run('add-luns', { array: 'star0001', ...input })
export const names = (lab: Lab) => lab.nodes.sims.get('star0001')?.luns.map(({ name }) => name)
export const seenBy = async (lab: Lab, host: string) =>
  (
    (await array.look(lab)).nodes.find(({ name }) => name === host)?.report as { luns: [string][] } | undefined
  )?.luns.map(([name]) => name)
export const record = (lab: Lab) =>
  JSON.parse(lab.cloud.store.get<{ value: string }>('parameter', '/star/star0001')?.value ?? '{}')
export const machine = (lab: Lab, index: number) => [...lab.machines.machines.keys()][index] ?? ''
export const SIX = ['LUN0', 'LUN1', 'LUN2', 'LUN3', 'LUN4', 'LUN5']
