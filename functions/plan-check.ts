/** What each node is asked in a check: how it is; and hosts, what works from there. Only nodes that run can be asked. */
import * as z from 'zod'
import { inspection, pathCheck } from './shared/documents.ts'
import { define } from './shared/handler.ts'
import { holderOf } from './shared/lock.ts'
import { ArrayName } from './shared/names.ts'
import { expectedNodes, findNodes } from './shared/picture.ts'
import { requireRecord } from './shared/record.ts'
import type { Run } from './shared/shapes.ts'

/** `busy`: who changes the array as the check begins, in one word; empty where nobody does. */
interface Plan {
  runs: Run[]
  busy: string
}

export const handler = define(z.strictObject({ array: ArrayName }), async ({ array }): Promise<Plan> => {
  const { request } = await requireRecord(array)
  const nodes = expectedNodes(request, await findNodes(array)).flatMap(({ node }) => node ?? [])
  const running = nodes.filter(({ state }) => state === 'running')
  const controllers = nodes.filter(({ role, address }) => role === 'controller' && address !== '')
  const hosts = running.filter(({ role }) => role === 'host' && controllers.length > 0)
  return {
    runs: [...running.map(inspection), ...hosts.map(host => pathCheck(array, host, controllers))],
    busy: (await holderOf(array))?.operation ?? '',
  }
})
