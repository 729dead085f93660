/** From the LUNs that the pool has: what the controllers export, and to whom. */
import * as z from 'zod'
import { configureTarget } from './shared/documents.ts'
import { DocumentFailed } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { findNodes, requireNodes } from './shared/picture.ts'
import { Pool } from './shared/reports.ts'
import { Accepted, type Run } from './shared/shapes.ts'

const Event = z.strictObject({ request: Accepted, report: z.unknown() })

export const handler = define(Event, async ({ request, report }): Promise<{ run: Run }> => {
  const pool = Pool.safeParse(report)
  if (!pool.success) throw new DocumentFailed(`create-pool reported no pool: ${z.prettifyError(pool.error)}`)
  const missing = request.luns.filter(({ name }) => !pool.data.luns.some(([there]) => there === name))
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ')
    throw new DocumentFailed(`the pool, which ${pool.data.owner} owns, has no ${names}`)
  }
  const { controllers } = requireNodes(request, await findNodes(request.array))
  return { run: configureTarget(request, controllers[0], pool.data.luns) }
})
