import { RunInstancesCommand, type RunInstancesCommandInput } from '@aws-sdk/client-ec2'
import { knownType } from './ec2-catalog.ts'
import { defaultGroup, groupRecord } from './ec2-group-records.ts'
import { knownImage } from './ec2-images.ts'
import { reservations } from './ec2-instances.ts'
import { powerOn, whileOpen } from './ec2-machines.ts'
import { freeAddress, knownSubnet, knownZone, subnetId, zone } from './ec2-network.ts'
import { placementGroup, roomIn } from './ec2-placement.ts'
import { type InstanceRecord, madeBefore } from './ec2-records.ts'
import { ec2Error } from './errors.ts'
import { fingerprint, newId } from './ids.ts'
import { ownMark } from './process-mark.ts'
import { type Cloud, type Route, route } from './route.ts'
import { tagsFor } from './tags.ts'

/** An instance is written down, with its tags, before its machine starts: it can be found whatever happens then. */
async function runInstances(cloud: Cloud, input: RunInstancesCommandInput) {
  const { ClientToken, ...request } = input
  const token = { value: ClientToken, request: fingerprint(request) }
  const count = checkCounts(input)
  const settings = checkSettings(cloud, input)
  const { store } = cloud
  const { found, made } = await whileOpen(cloud, () => {
    const found = madeBefore(store.list<InstanceRecord>('instance'), token)
    if (found.length > 0) return { found, made: [] }
    if (settings.placement) roomIn(store, settings.placement, count)
    const reservation = newId('r')
    const made = Array.from({ length: count }, () => {
      const record: InstanceRecord = {
        ...settings,
        id: newId('i'),
        reservation,
        token,
        state: 'pending',
        worker: ownMark(),
        ran: false,
        registered: false,
        address: freeAddress(store),
        launched: cloud.clock.now(),
        unseen: cloud.eventual,
      }
      store.put('instance', record.id, record)
      return record
    })
    return { found, made }
  })
  await Promise.all(made.map(record => powerOn(cloud, record)))
  return reservations(cloud, found.length > 0 ? found : made)[0] ?? {}
}

function checkCounts({ MinCount, MaxCount }: RunInstancesCommandInput): number {
  if (MinCount === undefined || MaxCount === undefined) {
    throw ec2Error('MissingParameter', 'The request must contain the parameters MinCount and MaxCount')
  }
  if (MinCount < 1 || MaxCount < MinCount) {
    throw ec2Error('InvalidParameterValue', `Invalid value '${MinCount}' for min and '${MaxCount}' for max count`)
  }
  return MaxCount
}

function checkSettings(cloud: Cloud, input: RunInstancesCommandInput) {
  if (!input.ImageId) throw ec2Error('MissingParameter', 'The request must contain the parameter ImageId')
  const type = input.InstanceType ?? 'm1.small'
  knownType(type)
  if (input.KeyName !== undefined) {
    throw ec2Error('InvalidKeyPair.NotFound', `The key pair '${input.KeyName}' does not exist`)
  }
  if (input.UserData !== undefined) checkUserData(input.UserData)
  const { subnet, groups } = placement(input)
  return {
    image: knownImage(cloud, input.ImageId),
    type,
    zone,
    subnet,
    groups: (groups ?? [defaultGroup.id]).map(id => groupRecord(cloud.store, id).id),
    placement: placementGroup(cloud.store, input.Placement)?.name,
    tags: tagsFor('instance', input.TagSpecifications),
    profile: input.IamInstanceProfile,
    metadata: input.MetadataOptions,
  }
}

/** Subnet and groups stand in the request itself, or in its one network interface, but not in both. */
function placement(input: RunInstancesCommandInput) {
  const [primary, ...more] = input.NetworkInterfaces ?? []
  if (primary && (input.SubnetId !== undefined || input.SecurityGroupIds !== undefined)) {
    const message =
      'Network interfaces and an instance-level subnet ID or security groups may not be specified on the same request'
    throw ec2Error('InvalidParameterCombination', message)
  }
  if (more.length > 0) throw ec2Error('UnsupportedOperation', 'The local cloud gives an instance one network interface')
  const wanted = input.Placement?.AvailabilityZone
  const subnet = primary?.SubnetId ?? input.SubnetId
  if (wanted !== undefined && knownZone(wanted) !== zone) {
    if (subnet === undefined) {
      throw ec2Error('MissingInput', `No default subnet for availability zone: '${wanted}'.`)
    }
    throw ec2Error('InvalidParameterValue', `The availability zone '${wanted}' is not that of the subnet '${subnet}'.`)
  }
  return { subnet: knownSubnet(subnet ?? subnetId), groups: primary?.Groups ?? input.SecurityGroupIds }
}

function checkUserData(text: string): void {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64').replace(/=+$/, '') !== text.replace(/\s/g, '').replace(/=+$/, '')) {
    throw ec2Error('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.')
  }
  if (bytes.length > 16_384) throw ec2Error('InvalidParameterValue', 'User data is limited to 16384 bytes')
}

export const launchRoutes: Route[] = [route(RunInstancesCommand, runInstances)]
