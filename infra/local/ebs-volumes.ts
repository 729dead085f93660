import {
  CreateVolumeCommand,
  type CreateVolumeCommandInput,
  DeleteVolumeCommand,
  type DeleteVolumeCommandInput,
  DescribeVolumesCommand,
  type DescribeVolumesCommandInput,
  type Volume,
  type VolumeType,
} from '@aws-sdk/client-ec2'
import { checkVolume } from './ebs-rules.ts'
import { finishVolume } from './ebs-work.ts'
import { knownZone } from './ec2-network.ts'
import { changeVolume, madeBefore, type VolumeRecord, volumeRecord } from './ec2-records.ts'
import { ec2Error } from './errors.ts'
import { knownFilters, matches, page } from './filters.ts'
import { fingerprint, newId } from './ids.ts'
import { ownMark } from './process-mark.ts'
import { type Cloud, type Route, route } from './route.ts'
import { settle } from './settle.ts'
import { tagList, tagsFor } from './tags.ts'

async function create(cloud: Cloud, input: CreateVolumeCommandInput) {
  const { ClientToken, ...request } = input
  const token = { value: ClientToken, request: fingerprint(request) }
  const { store, clock } = cloud
  if (!input.AvailabilityZone)
    throw ec2Error('MissingParameter', 'The request must contain the parameter AvailabilityZone')
  const settings = {
    ...checkVolume(input),
    zone: knownZone(input.AvailabilityZone),
    encrypted: input.Encrypted ?? false,
    tags: tagsFor('volume', input.TagSpecifications),
  }
  const { found, record } = store.transact(() => {
    const [found] = madeBefore(store.list<VolumeRecord>('volume'), token)
    if (found) return { found, record: found }
    const record: VolumeRecord = {
      ...settings,
      id: newId('vol'),
      token,
      state: 'creating',
      worker: ownMark(),
      created: clock.now(),
      attachments: [],
      unseen: cloud.eventual,
    }
    store.put('volume', record.id, record)
    return { found, record }
  })
  if (found === undefined) await finishVolume(cloud, record.id)
  return describeVolume(record)
}

async function remove(cloud: Cloud, { VolumeId: id = '' }: DeleteVolumeCommandInput) {
  const { store } = cloud
  volumeRecord(store, id)
  await settle(cloud)
  store.transact(() => {
    const { attachments, state } = volumeRecord(store, id)
    if (attachments.length > 0) {
      const to = attachments.map(({ instance }) => instance).join(', ')
      throw ec2Error('VolumeInUse', `Volume ${id} is currently attached to ${to}`)
    }
    if (state !== 'available') throw ec2Error('IncorrectState', `The volume '${id}' is '${state}'`)
    changeVolume(store, id, now => Object.assign(now, { state: 'deleting', worker: ownMark() }))
  })
  await finishVolume(cloud, id)
  return {}
}

const stateOf = ({ state, attachments }: VolumeRecord) => (attachments.length > 0 ? 'in-use' : state)

const fieldsOf = (record: VolumeRecord): Record<string, string[]> => ({
  'volume-id': [record.id],
  status: [stateOf(record)],
  'availability-zone': [record.zone],
  'volume-type': [record.type],
  size: [String(record.sizeGiB)],
  'multi-attach-enabled': [String(record.multiAttach)],
  'attachment.instance-id': record.attachments.map(each => each.instance),
  'attachment.device': record.attachments.map(each => each.device),
  'attachment.status': record.attachments.map(each => each.state),
})
const filterNames = [
  'volume-id status availability-zone volume-type size multi-attach-enabled',
  'attachment.instance-id attachment.device attachment.status',
].flatMap(names => names.split(' '))

async function describe(cloud: Cloud, input: DescribeVolumesCommandInput) {
  const { store } = cloud
  knownFilters(input.Filters, filterNames)
  const ids = input.VolumeIds
  if (ids?.length && input.MaxResults !== undefined) {
    throw ec2Error(
      'InvalidParameterCombination',
      'The parameter volumeSet cannot be used with the parameter maxResults',
    )
  }
  await settle(cloud)
  const asked = ids?.length ? ids.map(id => seen(cloud, id)) : store.list<VolumeRecord>('volume')
  const found = asked.filter(record => matches(input.Filters, fieldsOf(record), record.tags))
  const { items, NextToken } = page(found, input, { min: 5, max: 1000 })
  return { Volumes: items.map(describeVolume), NextToken }
}

/** By id, a new volume may not be there yet when it is first asked for. */
function seen({ store }: Cloud, id: string): VolumeRecord {
  const record = volumeRecord(store, id)
  if (!record.unseen) return record
  changeVolume(store, id, now => {
    now.unseen = undefined
  })
  throw ec2Error('InvalidVolume.NotFound', `The volume '${id}' does not exist.`)
}

function describeVolume(record: VolumeRecord): Volume {
  return {
    VolumeId: record.id,
    State: stateOf(record),
    AvailabilityZone: record.zone,
    Size: record.sizeGiB,
    VolumeType: record.type as VolumeType,
    Iops: record.iops,
    Throughput: record.throughput,
    MultiAttachEnabled: record.multiAttach,
    Encrypted: record.encrypted,
    SnapshotId: '',
    CreateTime: new Date(record.created),
    Tags: tagList(record.tags),
    Attachments: record.attachments.map(each => ({
      VolumeId: record.id,
      InstanceId: each.instance,
      Device: each.device,
      State: each.state,
      AttachTime: new Date(each.since),
      DeleteOnTermination: false,
    })),
  }
}

export const volumeRoutes: Route[] = [
  route(CreateVolumeCommand, create),
  route(DescribeVolumesCommand, describe),
  route(DeleteVolumeCommand, remove),
]
