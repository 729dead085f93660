import {
  DeleteSnapshotCommand,
  type DeleteSnapshotCommandInput,
  DescribeSnapshotsCommand,
  type DescribeSnapshotsCommandInput,
} from '@aws-sdk/client-ec2'
import { account } from './ec2-network.ts'
import type { ImageRecord, SnapshotRecord } from './ec2-records.ts'
import { ec2Error } from './errors.ts'
import { knownFilters, matches, page } from './filters.ts'
import { isId } from './ids.ts'
import { type Cloud, type Route, route } from './route.ts'
import type { Store } from './store.ts'
import { tagList } from './tags.ts'

/** Snapshots: those that images stand on. */

const filterNames = ['snapshot-id', 'owner-id', 'status']

function describe({ store }: Cloud, { SnapshotIds, OwnerIds, Filters, ...rest }: DescribeSnapshotsCommandInput) {
  knownFilters(Filters, filterNames)
  const owned = OwnerIds === undefined || OwnerIds.some(owner => owner === 'self' || owner === account)
  const asked = SnapshotIds?.map(id => snapshotRecord(store, id)) ?? store.list<SnapshotRecord>('snapshot')
  const found = asked.filter(({ id, tags }) => {
    const fields = { 'snapshot-id': [id], 'owner-id': [account], status: ['completed'] }
    return owned && matches(Filters, fields, tags)
  })
  const { items, NextToken } = page(found, rest, { min: 5, max: 1000 })
  const Snapshots = items.map(({ id, tags, created }) => ({
    ...{ SnapshotId: id, OwnerId: account, State: 'completed' as const, Encrypted: true },
    ...{ StartTime: new Date(created), Tags: tagList(tags) },
  }))
  return { Snapshots, NextToken }
}

function remove({ store }: Cloud, { SnapshotId = '' }: DeleteSnapshotCommandInput) {
  return store.transact(() => {
    const { id } = snapshotRecord(store, SnapshotId)
    const user = store.list<ImageRecord>('image').find(({ snapshot }) => snapshot === id)
    if (user) throw ec2Error('InvalidSnapshot.InUse', `The snapshot ${id} is currently in use by ${user.id}`)
    store.remove('snapshot', id)
    return {}
  })
}

export function snapshotRecord(store: Store, id: string): SnapshotRecord {
  if (!isId('snap', id)) throw ec2Error('InvalidSnapshotID.Malformed', `Invalid id: "${id}"`)
  const found = store.get<SnapshotRecord>('snapshot', id)
  if (found) return found
  throw ec2Error('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`)
}

export const snapshotRoutes: Route[] = [route(DescribeSnapshotsCommand, describe), route(DeleteSnapshotCommand, remove)]
