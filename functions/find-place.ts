/** Finds where the array will be (subnet and VPC) and the image of its nodes. Only looks, makes nothing. */
import * as z from 'zod'
import { define } from './shared/handler.ts'
import { nodeImage } from './shared/images.ts'
import { findSubnet } from './shared/place.ts'
import { Accepted, type Place, placeOf } from './shared/shapes.ts'

export const handler = define(z.strictObject({ request: Accepted }), async ({ request }): Promise<Place> => {
  const [subnet, image] = await Promise.all([findSubnet(request.zone, request.subnet), nodeImage()])
  return placeOf(subnet, image)
})
