import {
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeInstanceTypesCommand,
  type DescribeInstanceTypesCommandInput,
  type Image,
  type _InstanceType as InstanceTypeName,
} from '@aws-sdk/client-ec2'
import { instanceTypes } from '../../functions/shared/catalog.ts'
import { account } from './ec2-network.ts'
import { ec2Error } from './errors.ts'
import { matches, page } from './filters.ts'
import { idFor, isId } from './ids.ts'
import { type Cloud, type Route, route } from './route.ts'

/** What a machine really gets here, whatever its type says: enough for a node of the array. */
export const guestSize = { memoryMiB: 1024, vcpus: 1 }

const imageId = (cloud: Cloud) => idFor('ami', cloud.image)

export function knownImage(cloud: Cloud, id: string): string {
  if (!isId('ami', id)) throw ec2Error('InvalidAMIID.Malformed', `Invalid id: "${id}"`)
  if (id !== imageId(cloud)) throw ec2Error('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`)
  return id
}

export function knownType(name: string) {
  const type = Object.hasOwn(instanceTypes, name) ? instanceTypes[name] : undefined
  if (type === undefined) throw ec2Error('InvalidParameterValue', `Invalid value '${name}' for InstanceType.`)
  return type
}

function describeImages(cloud: Cloud, input: DescribeImagesCommandInput) {
  for (const id of input.ImageIds ?? []) knownImage(cloud, id)
  const image: Image = {
    ImageId: imageId(cloud),
    Name: cloud.image,
    OwnerId: account,
    State: 'available',
    Architecture: 'x86_64',
    CreationDate: '2026-01-01T00:00:00.000Z',
    RootDeviceName: '/dev/xvda',
    RootDeviceType: 'ebs',
    VirtualizationType: 'hvm',
    EnaSupport: true,
    Public: false,
  }
  const fields = {
    'image-id': [imageId(cloud)],
    name: [cloud.image],
    'owner-id': [account],
    state: ['available'],
    architecture: ['x86_64'],
    'root-device-type': ['ebs'],
    'virtualization-type': ['hvm'],
  }
  const owned = input.Owners === undefined || input.Owners.some(owner => owner === 'self' || owner === account)
  const found = matches(input.Filters, fields, {}) && owned ? [image] : []
  const { items, NextToken } = page(found, input, { min: 1, max: 1000 })
  return { Images: items, NextToken }
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

export const catalogRoutes: Route[] = [
  route(DescribeImagesCommand, describeImages),
  route(DescribeInstanceTypesCommand, (_, input) => describeInstanceTypes(input)),
]
