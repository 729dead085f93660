/** Computes every document that configures the array, with its parameters, from the request and from what is there. */
import * as z from 'zod'
import { type Documents, documentsOf } from './shared/documents.ts'
import { define } from './shared/handler.ts'
import { findDisks, findNodes, requireNodes, volumesOf } from './shared/picture.ts'
import { Accepted } from './shared/shapes.ts'

/** `active` is the controller with the pool, where there is one already. */
const Event = z.strictObject({ request: Accepted, active: z.string().optional() })

export const handler = define(Event, async ({ request, active }): Promise<Documents> => {
  const [found, disks] = await Promise.all([findNodes(request.array), findDisks(request.array)])
  return documentsOf(request, requireNodes(request, found), volumesOf(request, disks), active)
})
