/**
 * Makes the groups that instances are launched into. The two security groups name each other, so that no address is ever
 * written down: controllers take iSCSI from hosts, and iSCSI, SSH and the cluster's own traffic from each other; hosts take
 * nothing, but for perfweb from the networks that the request names. The placement group keeps the controllers on racks
 * of their own, with their own network and power.
 */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreatePlacementGroupCommand,
  type IpPermission,
  type SecurityGroup,
} from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { ec2 } from './shared/clients/ec2.ts'
import { listPlacementGroups } from './shared/ec2.ts'
import { isNamed, NotYetVisible } from './shared/errors.ts'
import { findOrCreateGroup } from './shared/groups.ts'
import { define } from './shared/handler.ts'
import { groupName, placementGroupName } from './shared/names.ts'
import { Accepted, Place } from './shared/shapes.ts'
import { ofArray, taggedAs, tagsOf } from './shared/tags.ts'

const Event = z.strictObject({ request: Accepted, place: Place })

export const handler = define(Event, async ({ request: { array, perfwebFrom }, place: { vpcId } }) => {
  const [controllers, hosts] = await Promise.all([
    findOrCreate(array, 'controllers', vpcId),
    findOrCreate(array, 'hosts', vpcId),
    spread(array),
  ])
  const own = controllers.GroupId as string
  const open = (port: number, from: string, protocol = 'tcp'): IpPermission => ({
    ...{ IpProtocol: protocol, FromPort: port, ToPort: port, UserIdGroupPairs: [{ GroupId: from }] },
  })
  await allow(controllers, [
    open(3260, hosts.GroupId as string),
    ...[open(3260, own), open(22, own), open(5405, own, 'udp')],
  ])
  const IpRanges = perfwebFrom.map(CidrIp => ({ CidrIp, Description: 'perfweb' }))
  if (IpRanges.length > 0) await allow(hosts, [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges }])
  return { controllers: own, hosts: hosts.GroupId as string }
})

function findOrCreate(array: string, role: 'controllers' | 'hosts', vpcId: string): Promise<SecurityGroup> {
  const name = groupName(array, role)
  const identity = { array, role: `${role}-group` as const, node: name }
  return findOrCreateGroup({
    ...{ name, vpcId, description: `STAR security group: ${role} of ${array}` },
    ...{ tags: tagsOf(identity), filters: ofArray(array, identity.role) },
  })
}

async function spread(array: string): Promise<void> {
  const node = placementGroupName(array)
  const identity = { array, role: 'placement-group' as const, node }
  const [found] = await listPlacementGroups(ofArray(array, identity.role))
  if (found?.State === 'available') return
  // An older one is on its way out, or this one on its way in.
  if (found) throw new NotYetVisible(`placement group ${node}`)
  try {
    await ec2().send(
      new CreatePlacementGroupCommand({
        GroupName: node,
        Strategy: 'spread',
        SpreadLevel: 'rack',
        TagSpecifications: [taggedAs('placement-group', identity)],
      }),
    )
  } catch (error) {
    if (isNamed(error, 'InvalidPlacementGroup.Duplicate')) {
      throw new NotYetVisible(`placement group ${node}`, { cause: error })
    }
    throw error
  }
}

/** All in one call: where many arrays are built at once, an account may make few. */
async function allow(group: SecurityGroup, permissions: IpPermission[]): Promise<void> {
  try {
    await ec2().send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group.GroupId, IpPermissions: permissions }))
  } catch (error) {
    // One of them is there, and the call has added none.
    if (isNamed(error, 'InvalidPermission.Duplicate')) return await allowEach(group, permissions)
    if (isNamed(error, 'InvalidGroup.NotFound'))
      throw new NotYetVisible(`security group ${group.GroupId}`, { cause: error })
    throw error
  }
}

/** Of several, those that are not there yet. */
async function allowEach(group: SecurityGroup, permissions: IpPermission[]): Promise<void> {
  const single = permissions.flatMap(({ IpRanges, ...rest }) =>
    IpRanges ? IpRanges.map(range => ({ ...rest, IpRanges: [range] })) : [rest],
  )
  if (single.length === 1) return
  for (const permission of single) await allow(group, [permission])
}
