/**
 * From the LUNs that the pool has: what the controllers export, and to whom. Only the pool's owner can make LUNs; where
 * another controller was asked, the owner is asked next.
 */
import * as z from 'zod'
import { configureTarget } from './shared/documents.ts'
import { DocumentFailed } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { findNodes, requireNodes } from './shared/picture.ts'
import { Pool } from './shared/reports.ts'
import { Accepted, Run } from './shared/shapes.ts'

const Event = z.strictObject({ request: Accepted, createPool: Run, report: z.unknown() })

/** `run` is the next document: configure-target where all LUNs are there, else create-pool once more. */
export const handler = define(Event, async ({ request, createPool, report }): Promise<{ ready: boolean; run: Run }> => {
  const pool = Pool.safeParse(report)
  if (!pool.success) throw new DocumentFailed(`create-pool reported no pool: ${z.prettifyError(pool.error)}`)
  const { controllers } = requireNodes(request, await findNodes(request.array))
  const owner = controllers.find(({ name }) => name === pool.data.owner)
  const missing = request.luns.filter(({ name }) => !pool.data.luns.some(([there]) => there === name))
  if (missing.length === 0)
    return { ready: true, run: configureTarget(request, owner ?? controllers[0], pool.data.luns) }
  if (owner && owner.name !== createPool.node)
    return { ready: false, run: { ...createPool, node: owner.name, instanceId: owner.instanceId } }
  const names = missing.map(({ name }) => name).join(', ')
  throw new DocumentFailed(`the pool, which ${pool.data.owner} owns, has no ${names}`)
})
