import {
  AuthorizeSecurityGroupIngressCommand,
  type AuthorizeSecurityGroupIngressCommandInput,
  type IpPermission,
  RevokeSecurityGroupIngressCommand,
  type RevokeSecurityGroupIngressCommandInput,
} from '@aws-sdk/client-ec2'
import { namedGroup } from './ec2-group-records.ts'
import { account } from './ec2-network.ts'
import { ec2Error } from './errors.ts'
import { fingerprint } from './ids.ts'
import { type Cloud, type Route, route } from './route.ts'
import type { Store } from './store.ts'

function authorize({ store }: Cloud, input: AuthorizeSecurityGroupIngressCommandInput) {
  store.transact(() => {
    const group = namedGroup(store, input)
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
    const group = namedGroup(store, input)
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
      const { id } = namedGroup(store, pair)
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

export const groupRuleRoutes: Route[] = [
  route(AuthorizeSecurityGroupIngressCommand, authorize),
  route(RevokeSecurityGroupIngressCommand, revoke),
]
