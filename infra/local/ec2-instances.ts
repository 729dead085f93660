import {
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  type Instance,
  type InstanceStateName,
  type _InstanceType as InstanceTypeName,
  type Reservation,
} from '@aws-sdk/client-ec2'
import { groupRecord } from './ec2-group-records.ts'
import { volumesOf } from './ec2-machines.ts'
import { account, region, vpcId } from './ec2-network.ts'
import { changeInstance, type InstanceRecord, instanceRecord, isLive } from './ec2-records.ts'
import { ec2Error } from './errors.ts'
import { knownFilters, matches, page } from './filters.ts'
import { type Cloud, type Route, route } from './route.ts'
import { settle } from './settle.ts'
import type { Store } from './store.ts'
import { tagList } from './tags.ts'

const stateCodes: Record<InstanceStateName, number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
}

export const stateOf = (state: InstanceStateName) => ({ Name: state, Code: stateCodes[state] })

const fieldsOf = (record: InstanceRecord): Record<string, string[]> => ({
  'instance-id': [record.id],
  'instance-state-name': [record.state],
  'instance-state-code': [String(stateCodes[record.state])],
  'instance-type': [record.type],
  'image-id': [record.image],
  'availability-zone': [record.zone],
  'subnet-id': isLive(record) ? [record.subnet] : [],
  'vpc-id': isLive(record) ? [vpcId] : [],
  'private-ip-address': isLive(record) ? [record.address] : [],
  'placement-group-name': record.placement === undefined ? [] : [record.placement],
  'instance.group-id': isLive(record) ? record.groups : [],
  'client-token': [record.token.value ?? ''],
  'reservation-id': [record.reservation],
})
const filterNames = [
  'instance-id instance-state-name instance-state-code instance-type image-id availability-zone subnet-id vpc-id',
  'private-ip-address placement-group-name instance.group-id client-token reservation-id',
].flatMap(names => names.split(' '))

async function describe(cloud: Cloud, input: DescribeInstancesCommandInput) {
  const { store } = cloud
  knownFilters(input.Filters, filterNames)
  const ids = input.InstanceIds
  if (ids?.length && input.MaxResults !== undefined) {
    const message = 'The parameter instancesSet cannot be used with the parameter maxResults'
    throw ec2Error('InvalidParameterCombination', message)
  }
  await settle(cloud)
  const asked = ids?.length ? ids.map(id => seen(store, id)) : store.list<InstanceRecord>('instance')
  const found = asked.filter(record => matches(input.Filters, fieldsOf(record), record.tags))
  const { items, NextToken } = page(found, input, { min: 5, max: 1000 })
  return { Reservations: reservations(cloud, items), NextToken }
}

/** By id, a new instance may not be there yet when it is first asked for. */
function seen(store: Store, id: string): InstanceRecord {
  const record = instanceRecord(store, id)
  if (!record.unseen) return record
  changeInstance(store, id, now => {
    now.unseen = undefined
  })
  throw ec2Error('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`)
}

export function reservations(cloud: Cloud, records: InstanceRecord[]): Reservation[] {
  return [...Map.groupBy(records, record => record.reservation)].map(([ReservationId, group]) => ({
    ReservationId,
    OwnerId: account,
    Instances: group.map(record => instance(cloud, record)),
  }))
}

/** A terminated instance has lost its place in the network and its disks: only then nobody takes it for a live one. */
function instance({ store, calendar }: Cloud, record: InstanceRecord): Instance {
  const { id, state, reason, profile, metadata } = record
  const description: Instance = {
    InstanceId: id,
    State: stateOf(state),
    StateReason: reason ?? reasonFor(state),
    StateTransitionReason: transitionReason(record, calendar),
    ImageId: record.image,
    InstanceType: record.type as InstanceTypeName,
    ClientToken: record.token.value,
    LaunchTime: new Date(calendar(record.launched)),
    Placement: { AvailabilityZone: record.zone, Tenancy: 'default', GroupName: record.placement ?? '' },
    Architecture: 'x86_64',
    RootDeviceName: '/dev/xvda',
    RootDeviceType: 'ebs',
    PrivateDnsName: '',
    Tags: tagList(record.tags),
    BlockDeviceMappings: [],
    SecurityGroups: [],
    NetworkInterfaces: [],
  }
  if (!isLive(record)) return description
  return {
    ...description,
    PrivateIpAddress: record.address,
    PrivateDnsName: `${id}.${region}.compute.internal`,
    SubnetId: record.subnet,
    VpcId: vpcId,
    SecurityGroups: record.groups.map(group => ({ GroupId: group, GroupName: groupRecord(store, group).name })),
    IamInstanceProfile: profile && {
      Arn: profile.Arn ?? `arn:aws:iam::${account}:instance-profile/${profile.Name}`,
    },
    MetadataOptions: { State: 'applied', HttpEndpoint: 'enabled', HttpTokens: 'optional', ...metadata },
    BlockDeviceMappings: volumesOf(store, id).map(volume => {
      const attachment = volume.attachments.find(each => each.instance === id)
      return {
        DeviceName: attachment?.device,
        Ebs: { VolumeId: volume.id, Status: attachment?.state, DeleteOnTermination: false },
      }
    }),
  }
}

/** The only place where EC2 tells when an instance was stopped, and by whom. */
function transitionReason({ state, reason, asked = 0 }: InstanceRecord, calendar: Cloud['calendar']): string {
  if (state === 'running' || state === 'pending') return ''
  const at = new Date(calendar(asked)).toISOString().replace('T', ' ').slice(0, 19)
  return reason?.Message ?? `User initiated (${at} GMT)`
}

function reasonFor(state: InstanceStateName) {
  if (state === 'running') return undefined
  if (state === 'pending') return { Code: 'pending', Message: 'pending' }
  const Code = 'Client.UserInitiatedShutdown'
  return { Code, Message: `${Code}: User initiated shutdown` }
}

export const instanceRoutes: Route[] = [route(DescribeInstancesCommand, describe)]
