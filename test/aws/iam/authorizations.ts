/** What IAM is asked for a call of an SDK client: one call can be several actions, on several resources. */
import type { Place } from '../../../infra/aws/permissions.ts'
import type { Call } from '../../../infra/local/call-log.ts'
import type { Tags } from '../../../infra/local/filters.ts'

export interface Authorization {
  /** `ec2:RunInstances` */
  action: string
  /** An ARN; `*` where the action knows no resources. As in AWS's own messages, what is yet to be made ends in `/*`. */
  resource: string
  /** Condition keys. */
  context: Record<string, string | string[]>
}

type Input = Call['input']
type Asked = (call: Call, place: Place) => Authorization[]

function authorizationsOf(call: Call, place: Place): Authorization[] {
  const asked = commands[call.command]
  if (!asked)
    throw new Error(`test/aws/iam/authorizations.ts does not know ${call.command}, which ${call.function} calls`)
  return asked(call, place).map(({ context, ...rest }) => ({
    ...rest,
    context: { 'aws:RequestedRegion': place.region, ...context },
  }))
}

/** All that IAM is asked for these calls, by function; each question once, however many ids it is asked about. */
export function questionsOf(calls: Call[], place: Place): Map<string, Authorization[]> {
  const asked = new Map<string, Map<string, Authorization>>()
  for (const call of calls) {
    const own = asked.get(call.function) ?? new Map<string, Authorization>()
    for (const question of authorizationsOf(call, place)) own.set(shapeOf(question), question)
    asked.set(call.function, own)
  }
  return new Map([...asked].map(([name, own]) => [name, [...own.values()]]))
}

const shapeOf = (question: Authorization) => JSON.stringify(question).replace(/[0-9a-f]{8,}/g, '#')

const arn = ({ partition, region, account }: Place, service: string, resource: string) =>
  `arn:${partition}:${service}:${region}:${account}:${resource}`
const prefixed = (prefix: string, tags: Tags) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]))
const ids = (value: unknown) => [value ?? []].flat() as string[]

/** The service's lists, and what else knows no resource. */
const anywhere =
  (service: string): Asked =>
  ({ command }) => [{ action: `${service}:${command}`, resource: '*', context: {} }]

/** On things that are there, with the tags they have. */
const onTagged =
  (type: string, field: string): Asked =>
  ({ command, input, tags }, place) =>
    ids(input[field]).map(id => ({
      action: `ec2:${command}`,
      resource: arn(place, 'ec2', `${type}/${id}`),
      context: prefixed('aws:ResourceTag', tags[id] ?? {}),
    }))

function requestTags(input: Input, type: string): Authorization['context'] {
  const specifications = (input.TagSpecifications ?? []) as {
    ResourceType: string
    Tags: { Key: string; Value: string }[]
  }[]
  const tags = specifications.filter(({ ResourceType }) => ResourceType === type).flatMap(({ Tags }) => Tags)
  if (tags.length === 0) return {}
  const values = Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))
  return { ...prefixed('aws:RequestTag', values), 'aws:TagKeys': Object.keys(values) }
}

/** Things that the call makes; where it gives tags, it also has to be allowed to. */
function making(
  { command, input }: Call,
  place: Place,
  type: string,
  more: Authorization['context'] = {},
): Authorization[] {
  const tags = requestTags(input, type)
  const resource = arn(place, 'ec2', `${type}/*`)
  const make = { action: `ec2:${command}`, resource, context: { ...tags, ...more } }
  if (Object.keys(tags).length === 0) return [make]
  return [make, { action: 'ec2:CreateTags', resource, context: { ...tags, 'ec2:CreateAction': command } }]
}

const launch: Asked = (call, place) => {
  const { input } = call
  const on = (type: string, id: string, context: Authorization['context'] = {}) => ({
    ...{ action: 'ec2:RunInstances', resource: arn(place, 'ec2', `${type}/${id}`), context },
  })
  const { HttpTokens } = (input.MetadataOptions ?? {}) as { HttpTokens?: string }
  const { Name: profile } = (input.IamInstanceProfile ?? {}) as { Name?: string }
  const disks = (input.BlockDeviceMappings ?? []) as { Ebs: { Encrypted?: boolean } }[]
  const iam = (kind: string) => arn({ ...place, region: '' }, 'iam', `${kind}/${profile}`)
  return [
    ...making(call, place, 'instance', {
      ...(HttpTokens && { 'ec2:MetadataHttpTokens': HttpTokens }),
      ...(profile && { 'ec2:InstanceProfile': iam('instance-profile') }),
    }),
    ...disks.flatMap(({ Ebs }) => making(call, place, 'volume', { 'ec2:Encrypted': String(Ebs.Encrypted ?? false) })),
    ...making(call, place, 'network-interface'),
    on('subnet', String(input.SubnetId)),
    ...onTagged('placement-group', 'GroupName')({ ...call, input: (input.Placement ?? {}) as Input }, place),
    ...onTagged('security-group', 'SecurityGroupIds')(call, place),
    ...(input.KeyName ? [on('key-pair', String(input.KeyName))] : []),
    // Images here belong to this account.
    {
      action: 'ec2:RunInstances',
      resource: arn({ ...place, account: '' }, 'ec2', `image/${input.ImageId}`),
      context: { 'ec2:Owner': place.account },
    },
    // The role in the profile has its name.
    ...(profile
      ? [{ action: 'iam:PassRole', resource: iam('role'), context: { 'iam:PassedToService': 'ec2.amazonaws.com' } }]
      : []),
  ]
}

const parameter =
  (field: string): Asked =>
  ({ command, input }, place) => [
    { action: `ssm:${command}`, resource: arn(place, 'ssm', `parameter${input[field]}`), context: {} },
  ]

const sendCommand: Asked = ({ input, tags }, place) => [
  { action: 'ssm:SendCommand', resource: arn(place, 'ssm', `document/${input.DocumentName}`), context: {} },
  ...ids(input.InstanceIds).map(id => ({
    action: 'ssm:SendCommand',
    resource: arn(place, 'ec2', `instance/${id}`),
    // Systems Manager knows them by either name.
    context: { ...prefixed('aws:ResourceTag', tags[id] ?? {}), ...prefixed('ssm:resourceTag', tags[id] ?? {}) },
  })),
]

const commands: Record<string, Asked> = {
  DescribeInstances: anywhere('ec2'),
  DescribeVolumes: anywhere('ec2'),
  DescribeSecurityGroups: anywhere('ec2'),
  DescribePlacementGroups: anywhere('ec2'),
  DescribeSubnets: anywhere('ec2'),
  DescribeInstanceTypeOfferings: anywhere('ec2'),
  DescribeImages: anywhere('ec2'),
  RunInstances: launch,
  StartInstances: onTagged('instance', 'InstanceIds'),
  StopInstances: onTagged('instance', 'InstanceIds'),
  RebootInstances: onTagged('instance', 'InstanceIds'),
  TerminateInstances: onTagged('instance', 'InstanceIds'),
  CreateVolume: (call, place) =>
    making(call, place, 'volume', { 'ec2:Encrypted': String(call.input.Encrypted ?? false) }),
  AttachVolume: (call, place) => [
    ...onTagged('instance', 'InstanceId')(call, place),
    ...onTagged('volume', 'VolumeId')(call, place),
  ],
  DeleteVolume: onTagged('volume', 'VolumeId'),
  CreateSecurityGroup: (call, place) => [
    ...making(call, place, 'security-group'),
    { action: 'ec2:CreateSecurityGroup', resource: arn(place, 'ec2', `vpc/${call.input.VpcId}`), context: {} },
  ],
  AuthorizeSecurityGroupIngress: onTagged('security-group', 'GroupId'),
  DeleteSecurityGroup: onTagged('security-group', 'GroupId'),
  CreatePlacementGroup: (call, place) => making(call, place, 'placement-group'),
  DeletePlacementGroup: onTagged('placement-group', 'GroupName'),
  DescribeInstanceInformation: anywhere('ssm'),
  SendCommand: sendCommand,
  GetCommandInvocation: anywhere('ssm'),
  GetParameter: parameter('Name'),
  PutParameter: parameter('Name'),
  DeleteParameter: parameter('Name'),
  GetParametersByPath: parameter('Path'),
  StartExecution: ({ input }) => [
    { action: 'states:StartExecution', resource: String(input.stateMachineArn), context: {} },
  ],
  DescribeExecution: ({ input }) => [
    { action: 'states:DescribeExecution', resource: String(input.executionArn), context: {} },
  ],
  PutEvents: ({ input }, place) =>
    (input.Entries as { EventBusName: string }[]).map(({ EventBusName }) => ({
      ...{ action: 'events:PutEvents', resource: arn(place, 'events', `event-bus/${EventBusName}`), context: {} },
    })),
}
