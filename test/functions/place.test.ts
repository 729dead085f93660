/** Where an array is built, and the groups that its instances are launched into. */
import {
  DescribePlacementGroupsCommand,
  DescribeSecurityGroupsCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2'
import type { Context } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { handler as createGroups } from '../../functions/create-groups.ts'
import { handler as findPlace } from '../../functions/find-place.ts'
import { useClients } from '../../functions/shared/clients.ts'
import { useClock } from '../../functions/shared/clock.ts'
import { acceptRequest } from '../../functions/shared/request.ts'
import { type LabOptions, openLab as open, refusal } from '../statemachines/lab.ts'

const context = {} as Context
const request = acceptRequest({})

async function openLab(options: LabOptions = {}) {
  const lab = open({ ...options, cloud: { eventual: false, ...options.cloud } })
  useClients(lab.cloud)
  useClock(lab.clock.now)
  const place = await findPlace({ request }, context)
  return { ...lab, place, groups: await createGroups({ request, place }, context) }
}

describe('find-place', () => {
  test('the newest image of the owner with the name counts', async () => {
    const image = (ImageId: string, CreationDate: string) => ({ ImageId, CreationDate, RootDeviceName: '/dev/xvda' })
    const Images = [
      image('ami-1', '2024-05-01T00:00:00.000Z'),
      image('ami-3', '2026-01-01T00:00:00.000Z'),
      image('ami-2', '2025-01-01T00:00:00.000Z'),
    ]
    const { place } = await openLab({ faults: { DescribeImages: () => ({ Images }) } })

    expect(place).toMatchObject({
      imageId: 'ami-3',
      rootDevice: '/dev/xvda',
      subnetId: expect.stringMatching(/^subnet-/),
    })
  })

  test('an image of ours goes first: the newest that was made of what is published under that name', async () => {
    const image = (ImageId: string, base: string, CreationDate: string, State = 'available') => ({
      ...{ ImageId, CreationDate, State, RootDeviceName: '/dev/xvda' },
      Tags: [
        { Key: 'star:image', Value: 'debian-12' },
        { Key: 'star:base', Value: base },
      ],
    })
    const ours = 'self/star-node-debian-12-*'
    const Images = [
      image('ami-old', ours, '2026-01-01T00:00:00.000Z'),
      image('ami-new', ours, '2026-02-01T00:00:00.000Z'),
      image('ami-made-of-another', '792107900819/Rocky-9-*', '2026-03-01T00:00:00.000Z'),
      image('ami-half-made', ours, '2026-04-01T00:00:00.000Z', 'pending'),
    ]
    const isOwn = ({ Filters }: Record<string, unknown>) => JSON.stringify(Filters).includes('star:image')
    const { place } = await openLab({
      faults: { DescribeImages: input => (isOwn(input) ? { Images } : undefined) },
    })

    expect(place.imageId).toBe('ami-new')
  })

  test.each([
    [
      'no such subnet',
      {
        SubnetIds: () => {
          throw refusal('InvalidSubnetID.NotFound')
        },
      },
      /there is no such subnet/,
    ],
    [
      'a subnet of another zone',
      { SubnetIds: () => ({ Subnets: [{ AvailabilityZone: 'ap-northeast-1a' }] }) },
      /must lie in the array's zone/,
    ],
  ])('refuses %s', async (_, { SubnetIds }, rule) => {
    await openLab({ faults: { DescribeSubnets: input => (input.SubnetIds ? SubnetIds() : undefined) } })
    const named = acceptRequest({ subnet: 'subnet-0123456789abcdef0' })

    await expect(findPlace({ request: named }, context)).rejects.toMatchObject({
      name: 'RequestRejected',
      message: expect.stringMatching(rule),
    })
  })

  test('a zone without a default subnet wants one to be said', async () => {
    await openLab()
    const elsewhere = acceptRequest({ zone: 'ap-northeast-1z' })

    await expect(findPlace({ request: elsewhere }, context)).rejects.toThrow(
      'subnet: must be said: ap-northeast-1z has no default subnet',
    )
  })
})

test('security groups are made once, whoever asks again', async () => {
  const { cloud, groups, place } = await openLab()

  expect(await createGroups({ request, place }, context)).toEqual(groups)
  const { SecurityGroups = [] } = await cloud.ec2.send(
    new DescribeSecurityGroupsCommand({ GroupIds: [groups.controllers, groups.hosts] }),
  )
  expect(
    SecurityGroups.map(({ IpPermissions }) => IpPermissions?.flatMap(rule => rule.UserIdGroupPairs ?? []).length),
  ).toEqual([4, 0])
})

test('rules that are missing are added beside those that are there', async () => {
  const { cloud, place, groups } = await openLab()
  const withHosts = { request: acceptRequest({ perfwebFrom: ['192.0.2.0/24', '198.51.100.0/24'] }), place }
  await createGroups(withHosts, context)
  const rules = async () => {
    const { SecurityGroups = [] } = await cloud.ec2.send(
      new DescribeSecurityGroupsCommand({ GroupIds: Object.values(groups) }),
    )
    return SecurityGroups.flatMap(({ GroupId, IpPermissions = [] }) =>
      IpPermissions.flatMap(({ FromPort, IpProtocol, IpRanges = [], UserIdGroupPairs = [] }) =>
        [...IpRanges.map(({ CidrIp }) => CidrIp), ...UserIdGroupPairs.map(pair => pair.GroupId)].map(
          from => `${GroupId} ${IpProtocol} ${FromPort} ${from}`,
        ),
      ),
    ).sort()
  }
  const all = await rules()
  expect(all).toHaveLength(6)

  const [IpProtocol, port] = ['tcp', { FromPort: 22, ToPort: 22 }]
  const pair = { IpProtocol, ...port, UserIdGroupPairs: [{ GroupId: groups.controllers }] }
  const range = { IpProtocol, FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '198.51.100.0/24' }] }
  for (const [GroupId, rule] of [[groups.controllers, pair] as const, [groups.hosts, range] as const])
    await cloud.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: [rule] }))
  expect(await rules()).toHaveLength(4)
  await createGroups(withHosts, context)

  expect(await rules()).toEqual(all)
})

test('the placement group is made once, spread over racks; one on its way in or out is waited for', async () => {
  let State: string | undefined
  const seen = () => ({ PlacementGroups: State === 'hidden' ? [] : [{ State }] })
  const { cloud, place } = await openLab({ faults: { DescribePlacementGroups: () => (State ? seen() : undefined) } })
  await createGroups({ request, place }, context)

  const { PlacementGroups } = await cloud.ec2.send(new DescribePlacementGroupsCommand({}))
  expect(PlacementGroups).toMatchObject([{ GroupName: 'star-star0001', Strategy: 'spread', SpreadLevel: 'rack' }])
  for (State of ['pending', 'deleting', 'hidden']) {
    await expect(createGroups({ request, place }, context)).rejects.toMatchObject({ name: 'NotYetVisible' })
  }
})
