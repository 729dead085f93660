/** What IAM is asked for a call of an SDK client: one call can be several actions, on several resources. */
import type { Call } from '../../../infra/local/call-log.ts'
import type { Tags } from '../../../infra/local/filters.ts'
import { place } from '../template.ts'

export interface Authorization {
  /** `ec2:RunInstances` */
  action: string
  /** An ARN; `*` where the action knows no resources. As in AWS's own messages, what is yet to be made ends in `/*`. */
  resource: string
  context: Context
}

/** Condition keys. */
type Context = Record<string, string | string[]>
type Asked = (call: Call) => Authorization[]

/** All that IAM is asked for these calls, by function; each question once, however many ids it is asked about. */
export function questionsOf(calls: Call[]): Map<string, Authorization[]> {
  const asked = new Map<string, Map<string, Authorization>>()
  for (const call of calls) {
    const own = asked.get(call.function) ?? new Map<string, Authorization>()
    for (const question of authorizationsOf(call)) own.set(shapeOf(question), question)
    asked.set(call.function, own)
  }
  return new Map([...asked].map(([name, own]) => [name, [...own.values()]]))
}

const shapeOf = (question: Authorization) => JSON.stringify(question).replace(/[0-9a-f]{8,}/g, '#')

function authorizationsOf(call: Call): Authorization[] {
  const asked = commands[call.command]
  if (!asked)
    throw new Error(`it is not known here what IAM is asked for ${call.command}, which ${call.function} calls`)
  return asked(call).map(({ context, ...rest }) => ({
    ...rest,
    context: { 'aws:RequestedRegion': place.region, ...context },
  }))
}

const arn = (service: string, resource: string, { partition, region, account } = place) =>
  `arn:${partition}:${service}:${region}:${account}:${resource}`
const prefixed = (prefix: string, tags: Tags = {}) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]))
const idsOf = (value: unknown) => [value ?? []].flat() as string[]

/** The services' lists, and what else knows no resource. */
const anywhere =
  (service: string): Asked =>
  ({ command }) => [{ action: `${service}:${command}`, resource: '*', context: {} }]

/** Images and snapshots have no account in their names. */
const ec2Arn = (type: string, id: string) =>
  arn('ec2', `${type}/${id}`, ['image', 'snapshot'].includes(type) ? { ...place, account: '' } : place)

/** On things of EC2 that are there, with the tags they have. */
const onTagged =
  (type: string, field: string): Asked =>
  ({ command, input, tags }) =>
    idsOf(input[field]).map(id => ({
      action: `ec2:${command}`,
      resource: ec2Arn(type, id),
      context: prefixed('aws:ResourceTag', tags[id]),
    }))

/** Things that the call makes; where it gives tags, it also has to be allowed to. */
function making({ command, input }: Call, type: string, more: Context = {}): Authorization[] {
  const specifications = (input.TagSpecifications ?? []) as { ResourceType: string; Tags: Tag[] }[]
  const given = specifications.filter(({ ResourceType }) => ResourceType === type).flatMap(({ Tags }) => Tags)
  const tags = Object.fromEntries(given.map(({ Key, Value }) => [Key, Value]))
  const asked = { ...prefixed('aws:RequestTag', tags), ...(given.length > 0 && { 'aws:TagKeys': Object.keys(tags) }) }
  const resource = ec2Arn(type, '*')
  const make = { action: `ec2:${command}`, resource, context: { ...asked, ...more } }
  const tagging = { action: 'ec2:CreateTags', resource, context: { ...asked, 'ec2:CreateAction': command } }
  return given.length > 0 ? [make, tagging] : [make]
}
type Tag = { Key: string; Value: string }

const encryption = ({ Encrypted = false }: { Encrypted?: boolean }) => ({ 'ec2:Encrypted': String(Encrypted) })

const launching: Asked = call => {
  const { input } = call
  const { HttpTokens } = (input.MetadataOptions ?? {}) as { HttpTokens?: string }
  const { Name: profile } = (input.IamInstanceProfile ?? {}) as { Name?: string }
  const disks = (input.BlockDeviceMappings ?? []) as { Ebs: { Encrypted?: boolean } }[]
  const iam = (kind: string) => arn('iam', `${kind}/${profile}`, { ...place, region: '' })
  const named = onTagged('security-group', 'SecurityGroupIds')(call)
  const on = (resource: string, context: Context = {}) => ({ action: 'ec2:RunInstances', resource, context })
  return [
    ...making(call, 'instance', {
      ...(HttpTokens && { 'ec2:MetadataHttpTokens': HttpTokens }),
      ...(profile && { 'ec2:InstanceProfile': iam('instance-profile') }),
    }),
    ...disks.flatMap(({ Ebs }) => making(call, 'volume', encryption(Ebs))),
    ...making(call, 'network-interface'),
    on(arn('ec2', `subnet/${input.SubnetId}`)),
    // The VPC's own, where none is named: it carries no tag.
    ...(named.length > 0 ? named : [on(arn('ec2', 'security-group/sg-0123'))]),
    ...onTagged('placement-group', 'GroupName')({ ...call, input: (input.Placement ?? {}) as Call['input'] }),
    ...(input.KeyName ? [on(arn('ec2', `key-pair/${input.KeyName}`))] : []),
    // Images of the local cloud belong to this account.
    on(ec2Arn('image', String(input.ImageId)), { 'ec2:Owner': place.account }),
    // The role in a profile has the profile's name.
    ...(profile
      ? [{ action: 'iam:PassRole', resource: iam('role'), context: { 'iam:PassedToService': 'ec2.amazonaws.com' } }]
      : []),
  ]
}

/** By a call of its own, of what is there already. */
const tagging: Asked = call => {
  const tags = Object.fromEntries((call.input.Tags as Tag[]).map(({ Key, Value }) => [Key, Value]))
  const asked = { ...prefixed('aws:RequestTag', tags), 'aws:TagKeys': Object.keys(tags) }
  return onTagged('instance', 'Resources')(call).map(it => ({ ...it, context: { ...it.context, ...asked } }))
}

const parameter =
  (field: string): Asked =>
  ({ command, input }) => [{ action: `ssm:${command}`, resource: arn('ssm', `parameter${input[field]}`), context: {} }]

const sending: Asked = ({ input, tags }) => [
  { action: 'ssm:SendCommand', resource: arn('ssm', `document/${input.DocumentName}`), context: {} },
  ...idsOf(input.InstanceIds).map(id => ({
    action: 'ssm:SendCommand',
    resource: arn('ec2', `instance/${id}`),
    // Systems Manager knows them by either name.
    context: { ...prefixed('aws:ResourceTag', tags[id]), ...prefixed('ssm:resourceTag', tags[id]) },
  })),
]

/** The input's ARN is one of the local cloud. */
const onMachine =
  (field: string): Asked =>
  ({ command, input }) => [
    {
      action: `states:${command}`,
      resource: arn('states', String(input[field]).split(':').slice(5).join(':')),
      context: {},
    },
  ]

const commands: Record<string, Asked> = {
  DescribeInstances: anywhere('ec2'),
  DescribeVolumes: anywhere('ec2'),
  DescribeSecurityGroups: anywhere('ec2'),
  DescribePlacementGroups: anywhere('ec2'),
  DescribeSubnets: anywhere('ec2'),
  DescribeInstanceTypeOfferings: anywhere('ec2'),
  DescribeImages: anywhere('ec2'),
  DescribeSnapshots: anywhere('ec2'),
  RunInstances: launching,
  StartInstances: onTagged('instance', 'InstanceIds'),
  StopInstances: onTagged('instance', 'InstanceIds'),
  RebootInstances: onTagged('instance', 'InstanceIds'),
  TerminateInstances: onTagged('instance', 'InstanceIds'),
  CreateVolume: call => making(call, 'volume', encryption(call.input)),
  CreateTags: tagging,
  AttachVolume: call => [...onTagged('instance', 'InstanceId')(call), ...onTagged('volume', 'VolumeId')(call)],
  DeleteVolume: onTagged('volume', 'VolumeId'),
  CreateSecurityGroup: call => [
    ...making(call, 'security-group'),
    { action: 'ec2:CreateSecurityGroup', resource: arn('ec2', `vpc/${call.input.VpcId}`), context: {} },
  ],
  AuthorizeSecurityGroupIngress: onTagged('security-group', 'GroupId'),
  DeleteSecurityGroup: onTagged('security-group', 'GroupId'),
  CreatePlacementGroup: call => making(call, 'placement-group'),
  DeletePlacementGroup: onTagged('placement-group', 'GroupName'),
  CreateImage: call => [
    ...onTagged('instance', 'InstanceId')(call),
    ...making(call, 'image'),
    ...making(call, 'snapshot'),
  ],
  DeregisterImage: onTagged('image', 'ImageId'),
  DeleteSnapshot: onTagged('snapshot', 'SnapshotId'),
  DescribeDocument: ({ input }) => [
    { action: 'ssm:DescribeDocument', resource: arn('ssm', `document/${input.Name}`), context: {} },
  ],
  DescribeInstanceInformation: anywhere('ssm'),
  SendCommand: sending,
  GetCommandInvocation: anywhere('ssm'),
  GetParameter: parameter('Name'),
  PutParameter: parameter('Name'),
  DeleteParameter: parameter('Name'),
  GetParametersByPath: parameter('Path'),
  StartExecution: onMachine('stateMachineArn'),
  DescribeExecution: onMachine('executionArn'),
  PutEvents: ({ input }) =>
    (input.Entries as { EventBusName: string }[]).map(({ EventBusName }) => ({
      ...{ action: 'events:PutEvents', resource: arn('events', `event-bus/${EventBusName}`), context: {} },
    })),
}
