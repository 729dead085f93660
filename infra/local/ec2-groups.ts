import {
  AuthorizeSecurityGroupIngressCommand,
  type AuthorizeSecurityGroupIngressCommandInput,
  CreateSecurityGroupCommand,
  type CreateSecurityGroupCommandInput,
  DeleteSecurityGroupCommand,
  type DeleteSecurityGroupCommandInput,
  DescribeSecurityGroupsCommand,
  type DescribeSecurityGroupsCommandInput,
  type IpPermission,
  RevokeSecurityGroupIngressCommand,
  type RevokeSecurityGroupIngressCommandInput,
} from '@aws-sdk/client-ec2'
import { account, vpcId } from './ec2-network.ts'
import { type GroupRecord, type InstanceRecord, isLive } from './ec2-records.ts'
import { ec2Error } from './errors.ts'
import { knownFilters, matches, page } from './filters.ts'
import { fingerprint, idFor, newId } from './ids.ts'
import { type Cloud, type Route, route } from './route.ts'
import type { Store } from './store.ts'
import { tagList, tagsFor } from './tags.ts'

/**
 * Security groups: kept and checked as EC2 does, so that a wrong one is refused here too. The local network is one
 * open segment: nothing is filtered by them.
 */
export const defaultGroup: GroupRecord = {
  id: idFor('sg', 'default'),
  name: 'default',
  description: 'default VPC security group',
  tags: {},
  rules: [],
}

/** The default group is there from the start, and in the store once it was changed. */
function groups(store: Store): GroupRecord[] {
  const stored = store.list<GroupRecord>('group')
  return stored.some(group => group.id === defaultGroup.id) ? stored : [structuredClone(defaultGroup), ...stored]
}

export function groupRecord(store: Store, id: string): GroupRecord {
  const found = groups(store).find(group => group.id === id)
  if (found === undefined) throw ec2Error('InvalidGroup.NotFound', `The security group '${id}' does not exist`)
  return found
}

/** The group a request means: by id, or in the default VPC by name. */
function meant(store: Store, { GroupId, GroupName }: { GroupId?: string | undefined; GroupName?: string | undefined }) {
  if (GroupId !== undefined) return groupRecord(store, GroupId)
  if (GroupName === undefined)
    throw ec2Error('MissingParameter', 'The request must contain the parameter groupName or groupId')
  const found = groups(store).find(group => group.name === GroupName)
  if (found !== undefined) return found
  throw ec2Error('InvalidGroup.NotFound', `The security group '${GroupName}' does not exist in default VPC '${vpcId}'`)
}

function create({ store }: Cloud, input: CreateSecurityGroupCommandInput) {
  const { GroupName: name, Description: description, VpcId = vpcId } = input
  if (!name) throw ec2Error('MissingParameter', 'The request must contain the parameter GroupName')
  if (!description) throw ec2Error('MissingParameter', 'The request must contain the parameter GroupDescription')
  if (/^sg-/i.test(name)) {
    throw ec2Error(
      'InvalidParameterValue',
      `Value (${name}) for parameter GroupName is invalid. Group names may not be in the format sg-*.`,
    )
  }
  for (const [parameter, text] of [
    ['GroupName', name],
    ['GroupDescription', description],
  ] as const) {
    if (!/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/.test(text)) {
      const rule = 'Character sets beyond ASCII are not supported; at most 255 characters.'
      throw ec2Error('InvalidParameterValue', `Value (${text}) for parameter ${parameter} is invalid. ${rule}`)
    }
  }
  if (VpcId !== vpcId) throw ec2Error('InvalidVpcID.NotFound', `The vpc ID '${VpcId}' does not exist`)
  const tags = tagsFor('security-group', input.TagSpecifications)
  return store.transact(() => {
    if (groups(store).some(group => group.name === name)) {
      throw ec2Error('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpcId}'`)
    }
    const group: GroupRecord = { id: newId('sg'), name, description, tags, rules: [] }
    store.put('group', group.id, group)
    return { GroupId: group.id, Tags: tagList(tags) }
  })
}

const filterNames = ['group-id', 'group-name', 'vpc-id', 'description', 'owner-id']

function describe({ store }: Cloud, input: DescribeSecurityGroupsCommandInput) {
  knownFilters(input.Filters, filterNames)
  const asked = [
    ...(input.GroupIds ?? []).map(id => groupRecord(store, id)),
    ...(input.GroupNames ?? []).map(name => meant(store, { GroupName: name })),
  ]
  const found = (asked.length > 0 ? asked : groups(store)).filter(group => {
    const fields = [[group.id], [group.name], [vpcId], [group.description], [account]]
    return matches(input.Filters, Object.fromEntries(filterNames.map((name, n) => [name, fields[n] ?? []])), group.tags)
  })
  const { items, NextToken } = page(found, input, { min: 5, max: 1000 })
  const SecurityGroups = items.map(group => ({
    GroupId: group.id,
    GroupName: group.name,
    Description: group.description,
    VpcId: vpcId,
    OwnerId: account,
    Tags: tagList(group.tags),
    IpPermissions: group.rules,
    IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  }))
  return { SecurityGroups, NextToken }
}

function authorize({ store }: Cloud, input: AuthorizeSecurityGroupIngressCommandInput) {
  store.transact(() => {
    const group = meant(store, input)
    const rules = splitRules(store, input)
    for (const rule of rules) {
      if (group.rules.some(other => same(rule, other))) {
        throw ec2Error('InvalidPermission.Duplicate', `the specified rule "${said(rule)}" already exists`)
      }
      group.rules.push(rule)
    }
    store.put('group', group.id, group)
  })
  return { Return: true }
}

function revoke({ store }: Cloud, input: RevokeSecurityGroupIngressCommandInput) {
  store.transact(() => {
    const group = meant(store, input)
    for (const rule of splitRules(store, input)) {
      const at = group.rules.findIndex(other => same(rule, other))
      if (at < 0) {
        throw ec2Error('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.')
      }
      group.rules.splice(at, 1)
    }
    store.put('group', group.id, group)
  })
  return { Return: true }
}

function remove({ store }: Cloud, input: DeleteSecurityGroupCommandInput) {
  return store.transact(() => {
    const { id, name } = meant(store, input)
    if (id === defaultGroup.id)
      throw ec2Error('CannotDelete', `the specified group: "${id}" name: "default" cannot be deleted by a user`)
    const used = store
      .list<InstanceRecord>('instance')
      .some(instance => isLive(instance) && instance.groups.includes(id))
    const named = groups(store).some(
      group => group.id !== id && group.rules.some(rule => rule.UserIdGroupPairs?.[0]?.GroupId === id),
    )
    if (used || named) throw ec2Error('DependencyViolation', `resource ${id} (${name}) has a dependent object`)
    store.remove('group', id)
    return { Return: true, GroupId: id }
  })
}

/** One rule for each source: that is how EC2 counts, compares and revokes them. */
function splitRules(store: Store, { IpPermissions: permissions = [] }: { IpPermissions?: IpPermission[] | undefined }) {
  if (permissions.length === 0)
    throw ec2Error('MissingParameter', 'The request must contain the parameter ipPermissions')
  return permissions.flatMap(permission => {
    const { IpProtocol = '-1', FromPort, ToPort, IpRanges = [], UserIdGroupPairs = [] } = permission
    if (['tcp', 'udp'].includes(IpProtocol) && !validPorts(FromPort, ToPort)) {
      throw ec2Error(
        'InvalidParameterValue',
        `Invalid value for portRange. Must specify both from and to ports with TCP/UDP.`,
      )
    }
    const ports = IpProtocol === '-1' ? {} : { FromPort, ToPort }
    const fromRanges = IpRanges.map(range => {
      const cidr = range.CidrIp ?? ''
      if (!/^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/.test(cidr)) {
        throw ec2Error('InvalidParameterValue', `CIDR block ${cidr} is malformed`)
      }
      return { IpProtocol, ...ports, IpRanges: [range] }
    })
    const fromGroups = UserIdGroupPairs.map(pair => {
      const { id } = meant(store, pair)
      return { IpProtocol, ...ports, UserIdGroupPairs: [{ ...pair, GroupId: id, UserId: account }] }
    })
    return [...fromRanges, ...fromGroups]
  })
}

const validPorts = (from = -1, to = -1) => from >= 0 && to >= from && to <= 65_535

/** A rule's description does not make it another rule. */
const key = ({ IpProtocol, FromPort, ToPort, IpRanges, UserIdGroupPairs }: IpPermission) =>
  fingerprint([IpProtocol, FromPort, ToPort, IpRanges?.[0]?.CidrIp, UserIdGroupPairs?.[0]?.GroupId])
const same = (a: IpPermission, b: IpPermission) => key(a) === key(b)

const said = ({ IpProtocol, FromPort, ToPort, IpRanges, UserIdGroupPairs }: IpPermission) =>
  `peer: ${IpRanges?.[0]?.CidrIp ?? UserIdGroupPairs?.[0]?.GroupId}, ${IpProtocol}, from port: ${FromPort}, to port: ${ToPort}, ALLOW`

export const groupRoutes: Route[] = [
  route(CreateSecurityGroupCommand, create),
  route(DescribeSecurityGroupsCommand, describe),
  route(AuthorizeSecurityGroupIngressCommand, authorize),
  route(RevokeSecurityGroupIngressCommand, revoke),
  route(DeleteSecurityGroupCommand, remove),
]
