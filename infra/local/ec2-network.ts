import {
  DescribeAvailabilityZonesCommand,
  DescribeSubnetsCommand,
  type DescribeSubnetsCommandInput,
  DescribeVpcsCommand,
  type DescribeVpcsCommandInput,
  type Subnet,
  type Vpc,
} from '@aws-sdk/client-ec2'
import { type InstanceRecord, isLive } from './ec2-records.ts'
import { ec2Error } from './errors.ts'
import { matches, page } from './filters.ts'
import { idFor } from './ids.ts'
import { type Route, route } from './route.ts'
import type { Store } from './store.ts'

/**
 * One region, its default VPC, and one zone in which machines can run. The other zones have a name, so that a request
 * for them fails as it does where a zone has no subnet or no capacity.
 */
export const region = 'ap-northeast-1'
export const zone = 'ap-northeast-1d'
export const zones = ['ap-northeast-1a', 'ap-northeast-1c', zone]
export const account = '000000000000'
export const vpcId = idFor('vpc', 'default')
export const subnetId = idFor('subnet', zone)

const vpc: Vpc = {
  VpcId: vpcId,
  CidrBlock: '172.31.0.0/16',
  IsDefault: true,
  State: 'available',
  OwnerId: account,
  InstanceTenancy: 'default',
}

const subnet: Subnet = {
  SubnetId: subnetId,
  SubnetArn: `arn:aws:ec2:${region}:${account}:subnet/${subnetId}`,
  VpcId: vpcId,
  AvailabilityZone: zone,
  CidrBlock: '172.31.0.0/20',
  DefaultForAz: true,
  MapPublicIpOnLaunch: false,
  State: 'available',
  OwnerId: account,
}

function describeVpcs(input: DescribeVpcsCommandInput) {
  for (const id of input.VpcIds ?? []) {
    if (id !== vpcId) throw ec2Error('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`)
  }
  const fields = {
    'vpc-id': [vpcId],
    'is-default': ['true'],
    isDefault: ['true'],
    cidr: ['172.31.0.0/16'],
    state: ['available'],
  }
  const found = matches(input.Filters, fields, {}) ? [vpc] : []
  const { items, NextToken } = page(found, input, { min: 5, max: 1000 })
  return { Vpcs: items, NextToken }
}

function describeSubnets(input: DescribeSubnetsCommandInput) {
  for (const id of input.SubnetIds ?? []) knownSubnet(id)
  const fields = {
    'subnet-id': [subnetId],
    'vpc-id': [vpcId],
    'availability-zone': [zone],
    availabilityZone: [zone],
    'default-for-az': ['true'],
    defaultForAz: ['true'],
    state: ['available'],
  }
  const found = matches(input.Filters, fields, {}) ? [subnet] : []
  const { items, NextToken } = page(found, input, { min: 5, max: 1000 })
  return { Subnets: items, NextToken }
}

export function knownSubnet(id: string): string {
  if (id !== subnetId) throw ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`)
  return id
}

export function knownZone(name: string): string {
  if (!zones.includes(name)) throw ec2Error('InvalidZone.NotFound', `The zone '${name}' does not exist.`)
  return name
}

/** The lowest address no living instance has. EC2 keeps a subnet's first four for itself. */
export function freeAddress(store: Store): string {
  const used = new Set(
    store
      .list<InstanceRecord>('instance')
      .filter(isLive)
      .map(({ address }) => address),
  )
  for (let host = 10; host < 4095; host++) {
    const address = `172.31.${host >> 8}.${host & 255}`
    if (!used.has(address)) return address
  }
  throw ec2Error('InsufficientFreeAddressesInSubnet', `There are no free addresses left in subnet '${subnetId}'.`)
}

export const networkRoutes: Route[] = [
  route(DescribeVpcsCommand, (_, input) => describeVpcs(input)),
  route(DescribeSubnetsCommand, (_, input) => describeSubnets(input)),
  route(DescribeAvailabilityZonesCommand, () => ({
    AvailabilityZones: zones.map(name => ({ ZoneName: name, RegionName: region, State: 'available' as const })),
  })),
]
