/**
 * What permissions are composed of; changes to what EC2 has are in ec2-grants.ts. Everything that changes or deletes is
 * bound to the project's tags, to its names, or to both: docs/permissions.md.
 */
/** Where the stack is: real values, or tokens that CloudFormation resolves. */
export interface Place {
  partition: string
  region: string
  account: string
}

export type Condition = Record<string, Record<string, string | string[]>>

export interface Statement {
  Sid?: string
  Effect: 'Allow'
  Action: string[]
  Resource: string[]
  Condition?: Condition
}

export type Grant = (place: Place) => Statement[]

export function allow(action: string | string[], resource: string | string[], condition?: Condition): Statement {
  const about = { Action: [action].flat(), Resource: [resource].flat() }
  return { Effect: 'Allow', ...about, ...(condition && { Condition: condition }) }
}

const arn = ({ partition, region, account }: Place, service: string, resource: string) =>
  `arn:${partition}:${service}:${region}:${account}:${resource}`
/** Of the one role that nodes have, and of its instance profile. IAM's names are an account's, not a region's. */
export const nodeName = (region: string) => `star-node-${region}`
export const nodeArn = ({ partition, region, account }: Place, kind: 'role' | 'instance-profile') =>
  `arn:${partition}:iam::${account}:${kind}/${nodeName(region)}`
/** All things of a kind in EC2. Images and snapshots have no account in their names: they can be handed on. */
export const every = (place: Place, type: string) =>
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

/**
 * The tag is asked for by Systems Manager's own key. With a global one, `aws:ResourceTag`, SendCommand would have to be
 * allowed to the service itself as well (`aws:ViaAWSService`), says its guide on setting up Run Command.
 */
/** To machines that carry one of these tags. */
export const sendsDocuments =
  (...kinds: ('array' | 'image')[]): Grant =>
  place => [
    allow('ssm:SendCommand', arn(place, 'ssm', 'document/STAR-*')),
    ...kinds.map(kind =>
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
