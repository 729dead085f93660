import { defaultGroup } from './ec2-group-records.ts'
import { type GroupRecord, type InstanceRecord, isLive } from './ec2-records.ts'
import type { Cloud } from './route.ts'
import type { CommandRecord } from './ssm-invocation.ts'
import type { Store } from './store.ts'

const hour = 3_600_000
/** How long Systems Manager keeps what commands answered. */
const commandAge = 30 * 24 * hour

/** Terminated instances are shown for an hour, or until nothing else is left. Old commands go with them. */
export function forgetGone({ store, clock }: Pick<Cloud, 'store' | 'clock'>): void {
  const now = clock.now()
  store.transact(() => {
    const empty = isEmpty(store)
    for (const { id, ended } of store.list<InstanceRecord>('instance')) {
      if (ended !== undefined && (empty || now - ended > hour)) store.remove('instance', id)
    }
    for (const { id, requested } of store.list<CommandRecord>('command')) {
      if (empty || now - requested > commandAge) store.remove('command', id)
    }
  })
}

/** Nothing lives here any more: no machine, disk, group, image, parameter or network. */
export function isEmpty(store: Store): boolean {
  if (store.list<InstanceRecord>('instance').some(isLive)) return false
  if (store.list<GroupRecord>('group').some(({ id }) => id !== defaultGroup.id)) return false
  return (['volume', 'placement-group', 'image', 'snapshot', 'parameter', 'lease'] as const).every(
    kind => store.list(kind).length === 0,
  )
}
