/**
 * What permissions are composed of. Everything that changes or deletes is bound to the project's tag, to its names, or
 * to both: docs/permissions.md.
 */
import { settings } from '../../functions/shared/settings.ts'

/** Where the stack is: real values, or tokens that CloudFormation resolves. */
export interface Place {
  partition: string
  region: string
  account: string
}

type Condition = Record<string, Record<string, string | string[]>>

export interface Statement {
  Sid?: string
  Effect: 'Allow'
  Action: string[]
  Resource: string[]
  Condition?: Condition
}

export type Grant = (place: Place) => Statement[]

function allow(action: string | string[], resource: string | string[], condition?: Condition): Statement {
  const about = { Action: [action].flat(), Resource: [resource].flat() }
  return { Effect: 'Allow', ...about, ...(condition && { Condition: condition }) }
}

const arn = ({ partition, region, account }: Place, service: string, resource: string) =>
  `arn:${partition}:${service}:${region}:${account}:${resource}`
/** Of the one role that nodes have, and of its instance profile. IAM's names are an account's, not a region's. */
export const nodeName = (region: string) => `star-node-${region}`
const nodeArn = ({ partition, region, account }: Place, kind: 'role' | 'instance-profile') =>
  `arn:${partition}:iam::${account}:${kind}/${nodeName(region)}`
const every = (place: Place, type: string) => arn(place, 'ec2', `${type}/*`)

/** Calls that know no resource: nothing but the region binds them. */
export const sees =
  (...actions: string[]): Grant =>
  ({ region }) => [allow(actions, '*', { StringEquals: { 'aws:RequestedRegion': region } })]
export const seesNodes = sees('ec2:DescribeInstances')
export const seesDisks = sees('ec2:DescribeVolumes')
export const seesGroups = sees('ec2:DescribeSecurityGroups')
export const seesPlacementGroups = sees('ec2:DescribePlacementGroups')
export const seesSubnets = sees('ec2:DescribeSubnets')
export const seesOfferings = sees('ec2:DescribeInstanceTypeOfferings')
export const seesImages = sees('ec2:DescribeImages')
export const seesAgents = sees('ssm:DescribeInstanceInformation')
export const seesReports = sees('ssm:GetCommandInvocation')

/** The tag is there; which array it names is for the functions to say. */
const asked = { Null: { 'aws:RequestTag/star:array': 'false' } }
const ours = { Null: { 'aws:ResourceTag/star:array': 'false' } }

const changes =
  (type: string, action: string): Grant =>
  place => [allow(action, every(place, type), ours)]
export const startsNodes = changes('instance', 'ec2:StartInstances')
export const stopsNodes = changes('instance', 'ec2:StopInstances')
export const rebootsNodes = changes('instance', 'ec2:RebootInstances')
export const removesNodes = changes('instance', 'ec2:TerminateInstances')
export const removesDisks = changes('volume', 'ec2:DeleteVolume')
export const removesGroups = changes('security-group', 'ec2:DeleteSecurityGroup')
export const removesPlacementGroups = changes('placement-group', 'ec2:DeletePlacementGroup')
export const opensPorts = changes('security-group', 'ec2:AuthorizeSecurityGroupIngress')
export const attachesDisks: Grant = place => [
  allow('ec2:AttachVolume', [every(place, 'instance'), every(place, 'volume')], ours),
]

/** Only the call that makes a thing may tag it: nobody can make another's thing his own. */
const tags = (place: Place, call: string, ...types: string[]) =>
  allow(
    'ec2:CreateTags',
    types.map(type => every(place, type)),
    { ...asked, StringEquals: { 'ec2:CreateAction': call } },
  )

const encrypted = { ...asked, Bool: { 'ec2:Encrypted': 'true' } }
export const createsDisks: Grant = place => [
  allow('ec2:CreateVolume', every(place, 'volume'), encrypted),
  tags(place, 'CreateVolume', 'volume'),
]

export const createsGroups: Grant = place => [
  allow('ec2:CreateSecurityGroup', every(place, 'security-group'), asked),
  allow('ec2:CreateSecurityGroup', every(place, 'vpc')),
  tags(place, 'CreateSecurityGroup', 'security-group'),
]

export const createsPlacementGroups: Grant = place => [
  allow('ec2:CreatePlacementGroup', every(place, 'placement-group'), asked),
  tags(place, 'CreatePlacementGroup', 'placement-group'),
]

/** Without a key pair: none is named here, so none can be given. */
export const launchesNodes: Grant = place => [
  allow('ec2:RunInstances', every(place, 'instance'), {
    ...asked,
    StringEquals: { 'ec2:MetadataHttpTokens': 'required' },
    ArnEquals: { 'ec2:InstanceProfile': nodeArn(place, 'instance-profile') },
  }),
  allow('ec2:RunInstances', every(place, 'volume'), encrypted),
  allow('ec2:RunInstances', [every(place, 'security-group'), every(place, 'placement-group')], ours),
  allow('ec2:RunInstances', [every(place, 'network-interface'), every(place, 'subnet')]),
  allow('ec2:RunInstances', arn({ ...place, account: '' }, 'ec2', 'image/*'), {
    StringEquals: { 'ec2:Owner': [settings({}).image.owner, place.account] },
  }),
  tags(place, 'RunInstances', 'instance', 'volume'),
  allow('iam:PassRole', nodeArn(place, 'role'), { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }),
]

/**
 * The tag is asked for by Systems Manager's own key. With a global one, `aws:ResourceTag`, SendCommand would have to be
 * allowed to the service itself as well (`aws:ViaAWSService`), says its guide on setting up Run Command.
 */
export const sendsDocuments: Grant = place => [
  allow('ssm:SendCommand', arn(place, 'ssm', 'document/STAR-*')),
  allow('ssm:SendCommand', every(place, 'instance'), { Null: { 'ssm:resourceTag/star:array': 'false' } }),
]

/** `*` in a name stands for slashes too: what may read records may read locks. */
const parameters =
  (name: string, ...actions: string[]): Grant =>
  place => [allow(actions, arn(place, 'ssm', `parameter/star${name}`))]
export const readsRecords = parameters('/*', 'ssm:GetParameter')
export const writesRecords = parameters('/*', 'ssm:GetParameter', 'ssm:PutParameter')
export const removesRecords = parameters('/*', 'ssm:GetParameter', 'ssm:DeleteParameter')
export const listsRecords = parameters('', 'ssm:GetParametersByPath')
export const takesLocks = parameters('/*/lock*', 'ssm:GetParameter', 'ssm:PutParameter', 'ssm:DeleteParameter')
export const endsLocks = parameters('/*/lock*', 'ssm:GetParameter', 'ssm:DeleteParameter')
/** What lies under an array's name: its lock, and what cut-off take-overs of it left. */
export const listsLocks = parameters('/*', 'ssm:GetParametersByPath')

export const starts =
  (...machines: string[]): Grant =>
  place => [
    allow(
      'states:StartExecution',
      machines.map(name => arn(place, 'states', `stateMachine:${name}`)),
    ),
  ]
export const follows =
  (...machines: string[]): Grant =>
  place => [
    allow(
      'states:DescribeExecution',
      machines.map(name => arn(place, 'states', `execution:${name}:*`)),
    ),
  ]

export const announces: Grant = place => [allow('events:PutEvents', arn(place, 'events', 'event-bus/star'))]

const named = (service: string, ...calls: string[]) => calls.map(call => `${service}:${call}`)
/** To be known, to take commands and sessions. */
export const runsAgent: Grant = place => [
  allow('ssm:UpdateInstanceInformation', every(place, 'instance')),
  ...sees(
    ...named('ssmmessages', 'CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'),
    ...named('ec2messages', 'AcknowledgeMessage', 'DeleteMessage', 'FailMessage', 'GetEndpoint', 'GetMessages'),
    'ec2messages:SendReply',
  )(place),
]
