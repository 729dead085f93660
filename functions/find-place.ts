/** Finds where the array will be (subnet and VPC) and the newest image of its nodes. Only looks, makes nothing. */
import type { Subnet } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { listImages, listSubnets } from './shared/ec2.ts'
import { CloudRefused, isNamed, RequestRejected } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import type { ArrayRequest } from './shared/request.ts'
import { settings } from './shared/settings.ts'
import { Accepted, type Place } from './shared/shapes.ts'

export const handler = define(z.strictObject({ request: Accepted }), async ({ request }): Promise<Place> => {
  const [subnet, image] = await Promise.all([findSubnet(request), findImage()])
  return {
    vpcId: subnet.VpcId ?? '',
    subnetId: subnet.SubnetId ?? '',
    imageId: image.ImageId ?? '',
    rootDevice: image.RootDeviceName ?? '/dev/sda1',
  }
})

async function findSubnet({ zone, subnet }: ArrayRequest): Promise<Subnet> {
  if (subnet === undefined) {
    const filters = { 'availability-zone': zone, 'default-for-az': 'true' }
    const Filters = Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] }))
    const [found] = await listSubnets({ Filters })
    if (found) return found
    throw new RequestRejected([{ field: 'subnet', rule: `must be said: ${zone} has no default subnet` }])
  }
  const [found] = await listSubnets({ SubnetIds: [subnet] }).catch(error => {
    if (isNamed(error, 'InvalidSubnetID.NotFound')) return []
    throw error
  })
  if (!found) throw new RequestRejected([{ field: 'subnet', rule: 'there is no such subnet', got: subnet }])
  if (found.AvailabilityZone !== zone) {
    const got = `${subnet} in ${found.AvailabilityZone}`
    throw new RequestRejected([{ field: 'subnet', rule: `must lie in the array's zone, ${zone}`, got }])
  }
  return found
}

async function findImage() {
  const { owner, name } = settings().image
  const available = { Name: 'state', Values: ['available'] }
  const images = await listImages({ Owners: [owner], Filters: [{ Name: 'name', Values: [name] }, available] })
  const [newest] = images.sort((a, b) => (b.CreationDate ?? '').localeCompare(a.CreationDate ?? ''))
  if (newest) return newest
  throw new CloudRefused(`there is no image named ${name} of owner ${owner}`)
}
