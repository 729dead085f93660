import { finishAttachment, finishVolume } from './ebs-work.ts'
import { bury, closeIfLast, judge } from './ec2-machines.ts'
import { changeInstance, type InstanceRecord, isAbandoned, isBusy, isLive, type VolumeRecord } from './ec2-records.ts'
import { ownMark } from './process-mark.ts'
import type { Cloud } from './route.ts'

/**
 * Brings the record in line with the machines before anybody is told about it, and ends what a killed process left:
 * - launch, start, stop: the machine itself says how far it came. A launch that came to nothing is terminated.
 * - terminate, create and delete a volume, attach, detach: done again, because each can be repeated.
 * What another living process is at is left alone.
 */
export async function settle(cloud: Cloud): Promise<void> {
  const { store } = cloud
  await Promise.all(
    store
      .list<InstanceRecord>('instance')
      .filter(isLive)
      .map(record => settleInstance(cloud, record)),
  )
  await Promise.all(store.list<VolumeRecord>('volume').map(record => settleVolume(cloud, record)))
  await closeIfLast(cloud)
}

export async function settleInstance(cloud: Cloud, record: InstanceRecord): Promise<void> {
  const { store, driver } = cloud
  if (!isLive(record) || isBusy(record)) return
  if (record.state === 'shutting-down') {
    if (claimInstance(cloud, record)) await bury(cloud, record.id)
    return
  }
  const state = judge(record, await driver.state(record.id))
  if (state === record.state) return
  if (state === 'terminated') {
    const Message = record.ran ? 'The machine and its root disk are gone' : 'The machine was not started'
    if (claimInstance(cloud, record)) await bury(cloud, record.id, { Code: 'Server.InternalError', Message })
    return
  }
  changeInstance(store, record.id, now => {
    if (now.state !== record.state || now.worker !== record.worker) return
    const asked = record.state === 'pending' || record.state === 'stopping'
    if (!asked) now.reason = { Code: 'Server.InternalError', Message: `The machine was found ${state}` }
    if (state === 'running') Object.assign(now, { ran: true, reason: undefined })
    Object.assign(now, { state, worker: undefined })
  })
}

/** True if the record is as it was seen, and is ours now. */
function claimInstance({ store }: Cloud, seen: InstanceRecord): boolean {
  return store.transact(() => {
    const now = store.get<InstanceRecord>('instance', seen.id)
    if (now === undefined || now.state !== seen.state || now.worker !== seen.worker) return false
    store.put('instance', seen.id, { ...now, state: 'shutting-down', worker: ownMark() })
    return true
  })
}

async function settleVolume(cloud: Cloud, seen: VolumeRecord): Promise<void> {
  const { store } = cloud
  if (![seen, ...seen.attachments].some(isAbandoned)) return
  const left = store.transact(() => {
    const now = store.get<VolumeRecord>('volume', seen.id)
    if (now === undefined) return undefined
    const whole = isAbandoned(now)
    const attachments = now.attachments.filter(isAbandoned)
    if (whole) now.worker = ownMark()
    for (const attachment of attachments) attachment.worker = ownMark()
    if (whole || attachments.length > 0) store.put('volume', now.id, now)
    return { whole, attachments }
  })
  if (left?.whole) await finishVolume(cloud, seen.id)
  for (const { instance } of left?.attachments ?? []) await finishAttachment(cloud, seen.id, instance)
}
