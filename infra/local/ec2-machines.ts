import type { InstanceStateName } from '@aws-sdk/client-ec2'
import type { MachineSpec, MachineState } from './driver.ts'
import { guestSize } from './ec2-catalog.ts'
import { changeInstance, changeVolume, type InstanceRecord, isLive, type VolumeRecord } from './ec2-records.ts'
import { driverFailed } from './errors.ts'
import { isAlive, ownMark } from './process-mark.ts'
import type { Cloud } from './route.ts'
import type { Store } from './store.ts'

/** What EC2 instances do to machines: the slow half of launch, start and terminate, which also ends what was left undone. */

export const volumesOf = (store: Store, instance: string) =>
  store.list<VolumeRecord>('volume').filter(volume => volume.attachments.some(each => each.instance === instance))

/**
 * Emulated machines share few processors, and in a takeover all of them want one: a host, whose udev has every path to
 * look at, would keep the controllers from the work it waits for. (Longest write of a hand-over: 9 s instead of 12.)
 */
const spec = (store: Store, { id, address, image, tags }: InstanceRecord): MachineSpec => ({
  id,
  address,
  ...(store.get('image', image) !== undefined && { image }),
  yields: tags['star:role'] === 'host',
  switched: tags['star:role'] === 'controller',
  ...guestSize,
  volumes: volumesOf(store, id).map(volume => volume.id),
})

/** The record is `pending` and ours. It stays so until a look at the machine shows it running. */
export async function powerOn(cloud: Cloud, record: InstanceRecord): Promise<void> {
  const { store, driver } = cloud
  try {
    await driver.start(spec(store, record))
  } catch (error) {
    const failure = driverFailed(`${record.id} did not start`, error)
    const reason = { Code: `Server.${failure.name}`, Message: failure.message }
    if (record.ran)
      changeInstance(store, record.id, now => Object.assign(now, { state: 'stopped', worker: undefined, reason }))
    else await bury(cloud, record.id, reason)
    throw failure
  }
  let wanted = false
  changeInstance(store, record.id, now => {
    wanted = now.state === 'pending'
    if (wanted) now.worker = undefined
  })
  if (!wanted) await undo(cloud, record.id)
}

/** The instance was terminated while its machine started: nobody else knows that the machine is there. */
async function undo(cloud: Cloud, id: string): Promise<void> {
  cloud.store.put('lease', 'network', {})
  await cloud.driver.destroy(id)
  await closeIfLast(cloud)
}

/** Removes the machine; its disks stay. Leaves a terminated record, which is shown for a while. */
export async function bury(cloud: Cloud, id: string, reason?: InstanceRecord['reason']): Promise<void> {
  const { store, driver, clock } = cloud
  try {
    await driver.destroy(id)
  } catch (error) {
    throw driverFailed(`${id} could not be removed`, error)
  }
  store.transact(() => {
    for (const { id: volume } of volumesOf(store, id)) {
      changeVolume(store, volume, now => {
        now.attachments = now.attachments.filter(each => each.instance !== id)
      })
    }
    changeInstance(store, id, now => {
      if (!isLive(now)) return
      Object.assign(now, { state: 'terminated', worker: undefined, ended: clock.now() })
      now.reason = reason ?? now.reason
    })
  })
  await closeIfLast(cloud)
}

/** What EC2 says after a look at the machine, which may have died, come up, or vanished without being asked. */
export function judge(record: Pick<InstanceRecord, 'state' | 'ran'>, machine: MachineState): InstanceStateName {
  if (machine === 'running') return 'running'
  if (machine === 'absent' || !record.ran) return 'terminated'
  return 'stopped'
}

interface Lease {
  /** Who switches the network off now. */
  closing?: string
}

/** The driver's network is in use from the first launch until the last machine is gone and the driver was closed. */
export async function closeIfLast({ store, driver }: Cloud): Promise<void> {
  const inUse = () => store.list<InstanceRecord>('instance').some(isLive)
  if (store.get('lease', 'network') === undefined || inUse()) return
  const closing = store.transact(() => {
    const lease = store.get<Lease>('lease', 'network')
    if (lease === undefined || (lease.closing !== undefined && isAlive(lease.closing))) return false
    if (inUse()) return false
    store.put('lease', 'network', { closing: ownMark() })
    return true
  })
  if (!closing) return
  try {
    await driver.close()
  } catch (error) {
    store.put('lease', 'network', {})
    throw driverFailed('the network could not be closed', error)
  }
  store.remove('lease', 'network')
}

/** `record` puts down a machine that is about to start. It never does while another process closes the driver. */
export async function whileOpen<T>({ store, clock }: Cloud, record: () => T): Promise<T> {
  for (;;) {
    const done = store.transact(() => {
      const lease = store.get<Lease>('lease', 'network')
      if (lease?.closing !== undefined && isAlive(lease.closing)) return undefined
      store.put('lease', 'network', {})
      return { value: record() }
    })
    if (done !== undefined) return done.value
    await clock.sleep(200)
  }
}
