/** Where things are made: a zone, and a subnet in it. Only looks. */
import type { Subnet } from '@aws-sdk/client-ec2'
import { listOfferings, listSubnets } from './ec2.ts'
import { isNamed, RequestRejected } from './errors.ts'
import { REFERENCE_ZONE } from './request.ts'
import { settings } from './settings.ts'

export interface Wish {
  subnet?: string | undefined
  instanceTypes: string[]
}

/** The zone that is meant where none is said: the subnet's; else one with a default subnet that offers the instance types. */
export async function chooseZone({ subnet, instanceTypes }: Wish): Promise<string> {
  if (subnet !== undefined) return (await subnetNamed(subnet)).AvailabilityZone ?? ''
  const types = [...new Set(instanceTypes)]
  const [subnets, offerings] = await Promise.all([
    listSubnets({ Filters: [{ Name: 'default-for-az', Values: ['true'] }] }),
    listOfferings(types),
  ])
  const offered = (zone: string) =>
    types.every(type => offerings.some(({ Location, InstanceType }) => Location === zone && InstanceType === type))
  const zones = subnets
    .flatMap(({ AvailabilityZone }) => AvailabilityZone ?? [])
    .filter(offered)
    .sort()
  const zone = zones.find(zone => zone === REFERENCE_ZONE) ?? zones[0]
  if (zone) return zone
  const { region } = settings()
  const rule = `must be said: no zone of ${region} has a default subnet and offers ${types.join(', ')}`
  throw new RequestRejected([{ field: 'zone', rule }])
}

export async function findSubnet(zone: string, subnet: string | undefined): Promise<Subnet> {
  if (subnet === undefined) {
    const filters = { 'availability-zone': zone, 'default-for-az': 'true' }
    const Filters = Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] }))
    const [found] = await listSubnets({ Filters })
    if (found) return found
    throw new RequestRejected([{ field: 'subnet', rule: `must be said: ${zone} has no default subnet` }])
  }
  const found = await subnetNamed(subnet)
  if (found.AvailabilityZone === zone) return found
  const got = `${subnet} in ${found.AvailabilityZone}`
  throw new RequestRejected([{ field: 'subnet', rule: `must lie in the array's zone, ${zone}`, got }])
}

async function subnetNamed(subnet: string): Promise<Subnet> {
  const [found] = await listSubnets({ SubnetIds: [subnet] }).catch(error => {
    if (isNamed(error, 'InvalidSubnetID.NotFound')) return []
    throw error
  })
  if (found) return found
  throw new RequestRejected([{ field: 'subnet', rule: 'there is no such subnet', got: subnet }])
}
