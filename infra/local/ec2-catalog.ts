import {
  DescribeInstanceTypeOfferingsCommand,
  type DescribeInstanceTypeOfferingsCommandInput,
  DescribeInstanceTypesCommand,
  type DescribeInstanceTypesCommandInput,
  type _InstanceType as InstanceTypeName,
} from '@aws-sdk/client-ec2'
import { instanceTypes } from '../../functions/shared/catalog.ts'
import { region, zones } from './ec2-network.ts'
import { ec2Error } from './errors.ts'
import { matches, page } from './filters.ts'
import { type Route, route } from './route.ts'

/** What a machine really gets here, whatever its type says: enough for a node of the array. */
export const guestSize = { memoryMiB: 1024, vcpus: 1 }

export function knownType(name: string) {
  const type = Object.hasOwn(instanceTypes, name) ? instanceTypes[name] : undefined
  if (type === undefined) throw ec2Error('InvalidParameterValue', `Invalid value '${name}' for InstanceType.`)
  return type
}

function describeInstanceTypes(input: DescribeInstanceTypesCommandInput) {
  for (const name of input.InstanceTypes ?? []) {
    if (!Object.hasOwn(instanceTypes, name)) {
      throw ec2Error('InvalidInstanceType', `The following supplied instance types do not exist: [${name}]`)
    }
  }
  const asked: string[] = input.InstanceTypes ?? Object.keys(instanceTypes)
  const found = asked.flatMap(name => {
    const type = knownType(name)
    if (!matches(input.Filters, { 'instance-type': [name] }, {})) return []
    return {
      InstanceType: name as InstanceTypeName,
      Hypervisor: type.nitro ? ('nitro' as const) : ('xen' as const),
      VCpuInfo: { DefaultVCpus: type.vcpus },
      MemoryInfo: { SizeInMiB: type.memoryGiB * 1024 },
      EbsInfo: {
        EbsOptimizedInfo: {
          BaselineIops: type.baselineIops ?? undefined,
          MaximumIops: type.maximumIops ?? undefined,
        },
      },
    }
  })
  const { items, NextToken } = page(found, input, { min: 5, max: 100 })
  return { InstanceTypes: items, NextToken }
}

/** Of the region or of each of its zones, whichever is asked for: all that is known is offered everywhere. */
function describeOfferings(input: DescribeInstanceTypeOfferingsCommandInput) {
  const { LocationType = 'region' } = input
  if (LocationType !== 'region' && LocationType !== 'availability-zone') {
    throw ec2Error('UnsupportedOperation', `The local cloud does not know the location type ${LocationType}`)
  }
  const places = LocationType === 'region' ? [region] : zones
  const all = places.flatMap(Location =>
    Object.keys(instanceTypes).map(name => ({ InstanceType: name as InstanceTypeName, LocationType, Location })),
  )
  const found = all.filter(({ InstanceType, Location }) =>
    matches(input.Filters, { 'instance-type': [InstanceType], location: [Location] }, {}),
  )
  const { items, NextToken } = page(found, input, { min: 5, max: 1000 })
  return { InstanceTypeOfferings: items, NextToken }
}

export const catalogRoutes: Route[] = [
  route(DescribeInstanceTypeOfferingsCommand, (_, input) => describeOfferings(input)),
  route(DescribeInstanceTypesCommand, (_, input) => describeInstanceTypes(input)),
]
