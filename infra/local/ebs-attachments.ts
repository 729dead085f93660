import {
  AttachVolumeCommand,
  type AttachVolumeCommandInput,
  DetachVolumeCommand,
  type DetachVolumeCommandInput,
} from '@aws-sdk/client-ec2'
import { finishAttachment } from './ebs-work.ts'
import { knownType } from './ec2-catalog.ts'
import { volumesOf } from './ec2-machines.ts'
import {
  type AttachmentRecord,
  type InstanceRecord,
  instanceRecord,
  isBusy,
  type VolumeRecord,
  volumeRecord,
} from './ec2-records.ts'
import { ec2Error } from './errors.ts'
import { ownMark } from './process-mark.ts'
import { type Cloud, type Route, route } from './route.ts'
import { settle } from './settle.ts'
import type { Store } from './store.ts'

/** How many instances one Multi-Attach volume takes. */
const maxAttachments = 16

async function attach(cloud: Cloud, input: AttachVolumeCommandInput) {
  const { VolumeId: id = '', InstanceId: instance = '', Device: device } = input
  const { store, clock } = cloud
  volumeRecord(store, id)
  instanceRecord(store, instance)
  if (!device) throw ec2Error('MissingParameter', 'The request must contain the parameter device')
  await settle(cloud)
  const attachment: AttachmentRecord = { instance, device, state: 'attaching', worker: ownMark(), since: clock.now() }
  store.transact(() => {
    const volume = volumeRecord(store, id)
    checkAttach(store, volume, instanceRecord(store, instance), device)
    volume.attachments.push(attachment)
    store.put('volume', id, volume)
  })
  await finishAttachment(cloud, id, instance)
  return answer(id, attachment)
}

function checkAttach(store: Store, volume: VolumeRecord, instance: InstanceRecord, device: string): void {
  const { id, attachments, multiAttach } = volume
  if (!['running', 'stopped'].includes(instance.state) || isBusy(instance)) {
    throw ec2Error('IncorrectState', `Instance '${instance.id}' is not 'running'.`)
  }
  if (volume.zone !== instance.zone) {
    throw ec2Error(
      'InvalidVolume.ZoneMismatch',
      `The volume '${id}' is not in the same availability zone as instance '${instance.id}'`,
    )
  }
  if (volume.state !== 'available') throw ec2Error('IncorrectState', `${id} is not 'available'.`)
  if (attachments.some(each => each.instance === instance.id)) {
    throw ec2Error('VolumeInUse', `${id} is already attached to ${instance.id}`)
  }
  if (attachments.length > 0 && !multiAttach) throw ec2Error('VolumeInUse', `${id} is already attached to an instance`)
  if (attachments.length >= maxAttachments) {
    throw ec2Error('AttachmentLimitExceeded', `${id} is attached to ${maxAttachments} instances, which is the limit`)
  }
  if (multiAttach && !knownType(instance.type).nitro) {
    throw ec2Error('UnsupportedOperation', `Instance type ${instance.type} does not support Multi-Attach volumes`)
  }
  if (!/^\/dev\/(sd[a-z]|xvd[a-z]{1,2})[0-9]{0,2}$/.test(device)) {
    throw ec2Error(
      'InvalidParameterValue',
      `Value (${device}) for parameter device is invalid. ${device} is not a valid EBS device name.`,
    )
  }
  const taken = volumesOf(store, instance.id).flatMap(each =>
    each.attachments.filter(({ instance: at }) => at === instance.id),
  )
  if (['/dev/xvda', '/dev/sda1'].includes(device) || taken.some(each => each.device === device)) {
    const message = `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`
    throw ec2Error('InvalidParameterValue', message)
  }
}

async function detach(cloud: Cloud, input: DetachVolumeCommandInput) {
  const { VolumeId: id = '' } = input
  const { store } = cloud
  volumeRecord(store, id)
  if (input.InstanceId !== undefined) instanceRecord(store, input.InstanceId)
  await settle(cloud)
  const attachment = store.transact(() => {
    const volume = volumeRecord(store, id)
    const attachment = meant(volume, input)
    if (attachment.state !== 'attached') {
      throw ec2Error('IncorrectState', `The attachment of '${id}' to '${attachment.instance}' is '${attachment.state}'`)
    }
    Object.assign(attachment, { state: 'detaching', worker: ownMark() })
    store.put('volume', id, volume)
    return attachment
  })
  await finishAttachment(cloud, id, attachment.instance)
  return answer(id, attachment)
}

/** The attachment a request means. Without an instance id only a volume with one attachment is clear. */
function meant({ id, attachments }: VolumeRecord, { InstanceId, Device }: DetachVolumeCommandInput): AttachmentRecord {
  if (attachments.length === 0) throw ec2Error('IncorrectState', `Volume '${id}' is in the 'available' state.`)
  if (InstanceId === undefined && attachments.length > 1) {
    throw ec2Error('InvalidParameterCombination', `Volume '${id}' has several attachments: an instance ID is required.`)
  }
  const found = attachments.find(
    each =>
      (InstanceId === undefined || each.instance === InstanceId) && (Device === undefined || each.device === Device),
  )
  if (found !== undefined) return found
  throw ec2Error(
    'InvalidAttachment.NotFound',
    `The volume '${id}' is not attached to instance '${InstanceId}'${Device ? ` as device ${Device}` : ''}`,
  )
}

const answer = (VolumeId: string, { instance, device, state, since }: AttachmentRecord) => ({
  VolumeId,
  InstanceId: instance,
  Device: device,
  State: state,
  AttachTime: new Date(since),
  DeleteOnTermination: false,
})

export const attachmentRoutes: Route[] = [route(AttachVolumeCommand, attach), route(DetachVolumeCommand, detach)]
