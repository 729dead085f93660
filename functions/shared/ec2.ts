/** EC2's lists, read to their last page. */
import {
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  DescribeInstanceTypeOfferingsCommand,
  DescribePlacementGroupsCommand,
  DescribeSecurityGroupsCommand,
  type DescribeSecurityGroupsCommandInput,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  type DescribeSubnetsCommandInput,
  DescribeVolumesCommand,
  type DescribeVolumesCommandInput,
  type Filter,
  type Image,
  type Instance,
  type InstanceTypeOffering,
  type PlacementGroup,
  type SecurityGroup,
  type Snapshot,
  type Subnet,
  type Volume,
} from '@aws-sdk/client-ec2'
import { ec2 } from './clients/ec2.ts'
import { allPages } from './pages.ts'

export function listInstances(input: DescribeInstancesCommandInput): Promise<Instance[]> {
  return allPages(async NextToken => {
    const page = await ec2().send(new DescribeInstancesCommand({ ...input, NextToken }))
    return { items: page.Reservations?.flatMap(({ Instances }) => Instances ?? []), next: page.NextToken }
  })
}

export function listVolumes(input: DescribeVolumesCommandInput): Promise<Volume[]> {
  return allPages(async NextToken => {
    const page = await ec2().send(new DescribeVolumesCommand({ ...input, NextToken }))
    return { items: page.Volumes, next: page.NextToken }
  })
}

export function listGroups(input: DescribeSecurityGroupsCommandInput): Promise<SecurityGroup[]> {
  return allPages(async NextToken => {
    const page = await ec2().send(new DescribeSecurityGroupsCommand({ ...input, NextToken }))
    return { items: page.SecurityGroups, next: page.NextToken }
  })
}

/** Those that are there or about to be. EC2 answers them in one page. */
export async function listPlacementGroups(filters: Filter[]): Promise<PlacementGroup[]> {
  const here = { Name: 'state', Values: ['pending', 'available', 'deleting'] }
  const Filters = [...filters, here]
  const { PlacementGroups = [] } = await ec2().send(new DescribePlacementGroupsCommand({ Filters }))
  return PlacementGroups
}

export function listSubnets(input: DescribeSubnetsCommandInput): Promise<Subnet[]> {
  return allPages(async NextToken => {
    const page = await ec2().send(new DescribeSubnetsCommand({ ...input, NextToken }))
    return { items: page.Subnets, next: page.NextToken }
  })
}

export function listImages(input: DescribeImagesCommandInput): Promise<Image[]> {
  return allPages(async NextToken => {
    const page = await ec2().send(new DescribeImagesCommand({ ...input, NextToken }))
    return { items: page.Images, next: page.NextToken }
  })
}

/** Which zones offer these instance types. */
export function listOfferings(types: string[]): Promise<InstanceTypeOffering[]> {
  const Filters = [{ Name: 'instance-type', Values: types }]
  return allPages(async NextToken => {
    const page = await ec2().send(
      new DescribeInstanceTypeOfferingsCommand({ LocationType: 'availability-zone', Filters, NextToken }),
    )
    return { items: page.InstanceTypeOfferings, next: page.NextToken }
  })
}

/** Of this account. */
export function listSnapshots(Filters: Filter[]): Promise<Snapshot[]> {
  return allPages(async NextToken => {
    const page = await ec2().send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters, NextToken }))
    return { items: page.Snapshots, next: page.NextToken }
  })
}
