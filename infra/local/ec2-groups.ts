import {
  CreateSecurityGroupCommand,
  type CreateSecurityGroupCommandInput,
  DeleteSecurityGroupCommand,
  type DeleteSecurityGroupCommandInput,
  DescribeSecurityGroupsCommand,
  type DescribeSecurityGroupsCommandInput,
} from '@aws-sdk/client-ec2'
import { defaultGroup, groupRecord, groups, namedGroup } from './ec2-group-records.ts'
import { groupRuleRoutes } from './ec2-group-rules.ts'
import { account, vpcId } from './ec2-network.ts'
import { type GroupRecord, type InstanceRecord, isLive } from './ec2-records.ts'
import { ec2Error } from './errors.ts'
import { knownFilters, matches, page } from './filters.ts'
import { newId } from './ids.ts'
import { type Cloud, type Route, route } from './route.ts'
import { tagList, tagsFor } from './tags.ts'

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
    ...(input.GroupNames ?? []).map(name => namedGroup(store, { GroupName: name })),
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

function remove({ store }: Cloud, input: DeleteSecurityGroupCommandInput) {
  return store.transact(() => {
    const { id, name } = namedGroup(store, input)
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

export const groupRoutes: Route[] = [
  route(CreateSecurityGroupCommand, create),
  route(DescribeSecurityGroupsCommand, describe),
  route(DeleteSecurityGroupCommand, remove),
  ...groupRuleRoutes,
]
