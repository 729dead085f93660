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
/** Images and snapshots have no account in their names: they can be handed on. */
const every = (place: Place, type: string) =>
  arn(['image', 'snapshot'].includes(type) ? { ...place, account: '' } : place, 'ec2', `${type}/*`)

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
export const seesSnapshots = sees('ec2:DescribeSnapshots')
export const seesAgents = sees('ssm:DescribeInstanceInformation')
export const seesReports = sees('ssm:GetCommandInvocation')

/** The tag is there; which array or image it names is for the functions to say. */
type Kind = 'array' | 'image'
const asked = (kind: Kind) => ({ Null: { [`aws:RequestTag/star:${kind}`]: 'false' } })
const ours = (kind: Kind) => ({ Null: { [`aws:ResourceTag/star:${kind}`]: 'false' } })

const changes =
  (type: string, action: string, kind: Kind = 'array'): Grant =>
  place => [allow(action, every(place, type), ours(kind))]
export const startsNodes = changes('instance', 'ec2:StartInstances')
export const stopsNodes = changes('instance', 'ec2:StopInstances')
export const rebootsNodes = changes('instance', 'ec2:RebootInstances')
export const removesNodes = changes('instance', 'ec2:TerminateInstances')
export const removesDisks = changes('volume', 'ec2:DeleteVolume')
export const removesGroups = changes('security-group', 'ec2:DeleteSecurityGroup')
export const removesPlacementGroups = changes('placement-group', 'ec2:DeletePlacementGroup')
export const opensPorts = changes('security-group', 'ec2:AuthorizeSecurityGroupIngress')
export const attachesDisks: Grant = place => [
  allow('ec2:AttachVolume', [every(place, 'instance'), every(place, 'volume')], ours('array')),
]

/** Only the call that makes a thing may tag it: nobody can make another's thing his own. */
const tags = (place: Place, kind: Kind, call: string, ...types: string[]) =>
  allow(
    'ec2:CreateTags',
    types.map(type => every(place, type)),
    { ...asked(kind), StringEquals: { 'ec2:CreateAction': call } },
  )

const encrypted = (kind: Kind) => ({ ...asked(kind), Bool: { 'ec2:Encrypted': 'true' } })
export const createsDisks: Grant = place => [
  allow('ec2:CreateVolume', every(place, 'volume'), encrypted('array')),
  tags(place, 'array', 'CreateVolume', 'volume'),
]

const createsGroupsOf =
  (kind: Kind): Grant =>
  place => [
    allow('ec2:CreateSecurityGroup', every(place, 'security-group'), asked(kind)),
    allow('ec2:CreateSecurityGroup', every(place, 'vpc')),
    tags(place, kind, 'CreateSecurityGroup', 'security-group'),
  ]
export const createsGroups = createsGroupsOf('array')

export const createsPlacementGroups: Grant = place => [
  allow('ec2:CreatePlacementGroup', every(place, 'placement-group'), asked('array')),
  tags(place, 'array', 'CreatePlacementGroup', 'placement-group'),
]

/** Without a key pair: none is named here, so none can be given. */
const launches =
  (kind: Kind, ...groups: string[]): Grant =>
  place => [
    allow('ec2:RunInstances', every(place, 'instance'), {
      ...asked(kind),
      StringEquals: { 'ec2:MetadataHttpTokens': 'required' },
      ArnEquals: { 'ec2:InstanceProfile': nodeArn(place, 'instance-profile') },
    }),
    allow('ec2:RunInstances', every(place, 'volume'), encrypted(kind)),
    allow(
      'ec2:RunInstances',
      groups.map(type => every(place, type)),
      ours(kind),
    ),
    allow('ec2:RunInstances', [every(place, 'network-interface'), every(place, 'subnet')]),
    allow('ec2:RunInstances', every(place, 'image'), {
      StringEquals: { 'ec2:Owner': [settings({}).image.owner, place.account] },
    }),
    tags(place, kind, 'RunInstances', 'instance', 'volume'),
    allow('iam:PassRole', nodeArn(place, 'role'), { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }),
  ]
export const launchesNodes = launches('array', 'security-group', 'placement-group')

/** What an image is made of, and the image: known by a tag of their own. */
export const createsBuilderGroups = createsGroupsOf('image')
export const launchesBuilders = launches('image', 'security-group')
export const startsBuilders = changes('instance', 'ec2:StartInstances', 'image')
export const stopsBuilders = changes('instance', 'ec2:StopInstances', 'image')
export const removesBuilders = changes('instance', 'ec2:TerminateInstances', 'image')
export const removesBuilderGroups = changes('security-group', 'ec2:DeleteSecurityGroup', 'image')
export const removesImages = changes('image', 'ec2:DeregisterImage', 'image')
export const removesSnapshots = changes('snapshot', 'ec2:DeleteSnapshot', 'image')
export const createsImages: Grant = place => [
  allow('ec2:CreateImage', every(place, 'instance'), ours('image')),
  allow('ec2:CreateImage', [every(place, 'image'), every(place, 'snapshot')], asked('image')),
  tags(place, 'image', 'CreateImage', 'image', 'snapshot'),
]

/**
 * The tag is asked for by Systems Manager's own key. With a global one, `aws:ResourceTag`, SendCommand would have to be
 * allowed to the service itself as well (`aws:ViaAWSService`), says its guide on setting up Run Command.
 */
export const sendsDocuments: Grant = place => [
  allow('ssm:SendCommand', arn(place, 'ssm', 'document/STAR-*')),
  ...['array', 'image'].map(kind =>
    allow('ssm:SendCommand', every(place, 'instance'), { Null: { [`ssm:resourceTag/star:${kind}`]: 'false' } }),
  ),
]

export const readsRecipe: Grant = place => [
  allow('ssm:DescribeDocument', arn(place, 'ssm', 'document/STAR-prepare-image')),
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
