import { vpcId } from './ec2-network.ts'
import type { GroupRecord } from './ec2-records.ts'
import { ec2Error } from './errors.ts'
import { idFor } from './ids.ts'
import type { Store } from './store.ts'

/**
 * Security groups: kept and checked as EC2 does, so that a wrong one is refused here too. The local network is one
 * open segment: nothing is filtered by them.
 */
export const defaultGroup: GroupRecord = {
  id: idFor('sg', 'default'),
  name: 'default',
  description: 'default VPC security group',
  tags: {},
  rules: [],
}

/** The default group is there from the start, and in the store once it was changed. */
export function groups(store: Store): GroupRecord[] {
  const stored = store.list<GroupRecord>('group')
  return stored.some(group => group.id === defaultGroup.id) ? stored : [structuredClone(defaultGroup), ...stored]
}

export function groupRecord(store: Store, id: string): GroupRecord {
  const found = store.get<GroupRecord>('group', id)
  if (found !== undefined) return found
  if (id === defaultGroup.id) return structuredClone(defaultGroup)
  throw ec2Error('InvalidGroup.NotFound', `The security group '${id}' does not exist`)
}

/** The group a request means: by id, or in the default VPC by name. */
export function namedGroup(
  store: Store,
  { GroupId, GroupName }: { GroupId?: string | undefined; GroupName?: string | undefined },
) {
  if (GroupId !== undefined) return groupRecord(store, GroupId)
  if (GroupName === undefined)
    throw ec2Error('MissingParameter', 'The request must contain the parameter groupName or groupId')
  const found = groups(store).find(group => group.name === GroupName)
  if (found !== undefined) return groupRecord(store, found.id)
  throw ec2Error('InvalidGroup.NotFound', `The security group '${GroupName}' does not exist in default VPC '${vpcId}'`)
}
