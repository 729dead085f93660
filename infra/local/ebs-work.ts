import { changeVolume, type InstanceRecord, type VolumeRecord } from './ec2-records.ts'
import { driverFailed } from './errors.ts'
import type { Cloud } from './route.ts'

/** The slow half of every change of a volume. Each can be done again by whoever finds it half done. */

/** Makes or deletes the disk, whichever the record says was begun. */
export async function finishVolume({ store, driver }: Cloud, id: string): Promise<void> {
  const volume = store.get<VolumeRecord>('volume', id)
  if (volume?.state === 'creating') {
    try {
      await driver.createDisk(id, volume.sizeGiB)
    } catch (error) {
      store.remove('volume', id)
      await driver.deleteDisk(id).catch(() => {})
      throw driverFailed(`${id} could not be made`, error)
    }
    changeVolume(store, id, now => Object.assign(now, { state: 'available', worker: undefined }))
  }
  if (volume?.state === 'deleting') {
    try {
      await driver.deleteDisk(id)
    } catch (error) {
      changeVolume(store, id, now => Object.assign(now, { state: 'available', worker: undefined }))
      throw driverFailed(`${id} could not be deleted`, error)
    }
    store.remove('volume', id)
  }
}

/** Plugs or unplugs the disk. A machine that is off has nothing plugged: its next start reads the record. */
export async function finishAttachment(cloud: Cloud, id: string, instance: string): Promise<void> {
  const { store, driver } = cloud
  const attachment = store.get<VolumeRecord>('volume', id)?.attachments.find(each => each.instance === instance)
  if (attachment === undefined) return
  const on = store.get<InstanceRecord>('instance', instance)?.state === 'running'
  const attaching = attachment.state === 'attaching'
  try {
    if (on && attaching) await driver.plug(instance, id)
    if (on && !attaching) await driver.unplug(instance, id)
  } catch (error) {
    // The power went meanwhile: the same as for a machine that was off before.
    const off = (await driver.state(instance).catch(() => 'running')) !== 'running'
    endAttachment(cloud, id, instance, off === attaching)
    if (off) return
    throw driverFailed(`${id} could not be ${attaching ? 'attached to' : 'detached from'} ${instance}`, error)
  }
  endAttachment(cloud, id, instance, attaching)
}

function endAttachment({ store }: Cloud, id: string, instance: string, attached: boolean): void {
  changeVolume(store, id, volume => {
    const attachment = volume.attachments.find(each => each.instance === instance)
    if (attachment && attached) Object.assign(attachment, { state: 'attached', worker: undefined })
    else volume.attachments = volume.attachments.filter(each => each !== attachment)
  })
}
