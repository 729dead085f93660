import type { MachineState } from './driver.ts'
import { powerOn, whileOpen } from './ec2-machines.ts'
import { changeInstance, type InstanceRecord, isBusy } from './ec2-records.ts'
import { ownMark } from './process-mark.ts'
import type { Cloud } from './route.ts'
import { settleInstance } from './settle.ts'

/** What a fence device does to instances: it takes their power, at once, and may give it back later. */

/** EC2 takes about as long to stop an instance and start it again; the takeover needs the processors first. */
const BACK_AFTER_MS = 10_000

/**
 * Cuts an instance's power, and returns when its machine is off. With `back` it gets it again later (`powerBack`) and
 * stays `stopping` until then, as on EC2. What somebody stopped on purpose stays so.
 */
export async function powerOff(cloud: Cloud, id: string, by: string, back: boolean): Promise<MachineState> {
  const { store, driver, clock } = cloud
  const ours = store.transact(() => {
    const now = store.get<InstanceRecord>('instance', id)
    if (now === undefined) return
    const up = now.state === 'running' || now.state === 'pending'
    if (!isDue(now, Number.POSITIVE_INFINITY) && (isBusy(now) || !(up || fell(now)))) return
    const reason = { Code: 'Server.Fenced', Message: `Fenced by ${by}` }
    store.put('instance', id, { ...now, back: undefined, state: 'stopping', worker: ownMark(), reason })
    return true
  })
  await driver.stop(id, { force: true })
  if (ours) {
    changeInstance(store, id, now => {
      if (now.state !== 'stopping' || now.worker !== ownMark()) return
      if (back) now.back = clock.now() + BACK_AFTER_MS
      else Object.assign(now, { state: 'stopped', worker: undefined })
    })
  }
  return driver.state(id)
}

/** Gives an instance its power again. One that was stopped on purpose, or is somebody else's by now, is left alone. */
export async function powerBack(cloud: Cloud, id: string): Promise<void> {
  const { store, clock } = cloud
  const record = await whileOpen(cloud, () => {
    const now = store.get<InstanceRecord>('instance', id)
    if (now === undefined || !(isDue(now, Number.POSITIVE_INFINITY) || fell(now))) return
    const { back: _, reason: __, ...rest } = now
    const next: InstanceRecord = { ...rest, state: 'pending', worker: ownMark(), launched: clock.now() }
    store.put('instance', id, next)
    return next
  })
  if (record === undefined) return
  await powerOn(cloud, record)
  const now = store.get<InstanceRecord>('instance', id)
  if (now) await settleInstance(cloud, now)
}

/** Its power is to come back by `at`, milliseconds since the epoch. */
export const isDue = ({ state, back }: InstanceRecord, at: number) =>
  state === 'stopping' && back !== undefined && back <= at

/** It went down, and nobody had asked for that. */
const fell = ({ state, reason }: InstanceRecord) => state === 'stopped' && reason !== undefined
