import type {
  InstanceMetadataOptionsRequest,
  InstanceStateName,
  IpPermission,
  PlacementStrategy,
} from '@aws-sdk/client-ec2'
import { ec2Error } from './errors.ts'
import type { Tags } from './filters.ts'
import { isId } from './ids.ts'
import { isAlive } from './process-mark.ts'
import type { Store } from './store.ts'

/**
 * What the store remembers of EC2. Everything slow is written down before it is begun, with the mark of the process
 * that does it (`worker`); when it ends, the mark goes. A record whose worker no longer lives is unfinished business,
 * which `settle.ts` ends.
 */
export interface InstanceRecord {
  id: string
  reservation: string
  token: Token
  state: InstanceStateName
  worker?: string | undefined
  /** Why it is in this state when nobody asked for it. */
  reason?: { Code: string; Message: string } | undefined
  /** It has been `running` once: a start that fails then leaves it stopped, not terminated. */
  ran: boolean
  /** Its agent has registered with Systems Manager. */
  registered: boolean
  image: string
  type: string
  zone: string
  subnet: string
  address: string
  groups: string[]
  /** Name of its placement group. */
  placement?: string | undefined
  tags: Tags
  profile?: { Arn?: string | undefined; Name?: string | undefined } | undefined
  metadata?: InstanceMetadataOptionsRequest | undefined
  /** Milliseconds since the epoch: launch (or latest start), and termination. */
  launched: number
  /** When somebody last asked for its stop or its end. */
  asked?: number | undefined
  ended?: number | undefined
  /** A fence device took its power, and gives it back then. */
  back?: number | undefined
  unseen?: boolean | undefined
}

export interface VolumeRecord {
  id: string
  token: Token
  state: 'creating' | 'available' | 'deleting'
  worker?: string | undefined
  zone: string
  sizeGiB: number
  type: string
  iops?: number | undefined
  throughput?: number | undefined
  multiAttach: boolean
  encrypted: boolean
  tags: Tags
  created: number
  attachments: AttachmentRecord[]
  unseen?: boolean | undefined
}

export interface AttachmentRecord {
  instance: string
  device: string
  state: 'attaching' | 'attached' | 'detaching'
  worker?: string | undefined
  since: number
}

export interface GroupRecord {
  id: string
  name: string
  description: string
  tags: Tags
  /** Each entry allows one thing: one protocol and port range, from one group or one address range. */
  rules: IpPermission[]
}

export interface PlacementGroupRecord {
  id: string
  name: string
  strategy: PlacementStrategy
  level?: 'rack' | undefined
  tags: Tags
}

/** An image that was made here; the node image that the cloud comes with has no record. */
export interface ImageRecord {
  id: string
  name: string
  description: string
  state: 'pending' | 'available' | 'failed'
  worker?: string | undefined
  reason?: string | undefined
  /** Of its root disk. */
  snapshot: string
  tags: Tags
  created: number
  /** It still shows as pending when it is first looked at, as on AWS. */
  unseen?: boolean | undefined
}

/** What an image's disk is kept in. */
export interface SnapshotRecord {
  id: string
  tags: Tags
  created: number
}

/** EC2's ClientToken, and what was asked for with it. */
export interface Token {
  value?: string | undefined
  request: string
}

export const isLive = (instance: InstanceRecord) => instance.state !== 'terminated'

/** Somebody is at it now. */
export const isBusy = (record: { worker?: string | undefined }) => record.worker !== undefined && isAlive(record.worker)

/** Was left unfinished by a process that is gone. */
export const isAbandoned = (record: { worker?: string | undefined }) =>
  record.worker !== undefined && !isAlive(record.worker)

export function instanceRecord(store: Store, id: string): InstanceRecord {
  if (!isId('i', id)) throw ec2Error('InvalidInstanceID.Malformed', `Invalid id: "${id}"`)
  const found = store.get<InstanceRecord>('instance', id)
  if (found === undefined) throw ec2Error('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`)
  return found
}

export function volumeRecord(store: Store, id: string): VolumeRecord {
  if (!isId('vol', id)) {
    throw ec2Error('InvalidParameterValue', `Value (${id}) for parameter volumeId is invalid. Expected: 'vol-...'.`)
  }
  const found = store.get<VolumeRecord>('volume', id)
  if (found === undefined) throw ec2Error('InvalidVolume.NotFound', `The volume '${id}' does not exist.`)
  return found
}

/** Reads, changes and writes a record as one. Nothing happens if it is gone. */
export function changeInstance(store: Store, id: string, change: (record: InstanceRecord) => void): void {
  store.transact(() => {
    const record = store.get<InstanceRecord>('instance', id)
    if (record === undefined) return
    change(record)
    store.put('instance', id, record)
  })
}

export function changeVolume(store: Store, id: string, change: (record: VolumeRecord) => void): void {
  store.transact(() => {
    const record = store.get<VolumeRecord>('volume', id)
    if (record === undefined) return
    change(record)
    store.put('volume', id, record)
  })
}

/** The record an earlier request with the same ClientToken made. The same token for another request is refused. */
export function madeBefore<T extends { token: Token }>(records: T[], token: Token): T[] {
  if (token.value === undefined) return []
  if (token.value.length > 64) {
    throw ec2Error(
      'InvalidParameterValue',
      `Value (${token.value}) for parameter clientToken is invalid. Token too long.`,
    )
  }
  const found = records.filter(record => record.token.value === token.value)
  if (found.some(record => record.token.request !== token.request)) {
    const message = 'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).'
    throw ec2Error('IdempotentParameterMismatch', message)
  }
  return found
}
