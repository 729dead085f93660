import {
  DescribeInstanceTypesCommand,
  type DescribeInstanceTypesCommandInput,
  type _InstanceType as InstanceTypeName,
} from '@aws-sdk/client-ec2'
import { instanceTypes } from '../../functions/shared/catalog.ts'
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

export const catalogRoutes: Route[] = [route(DescribeInstanceTypesCommand, (_, input) => describeInstanceTypes(input))]
