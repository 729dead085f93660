import {
  CreateTagsCommand,
  type CreateTagsCommandInput,
  DeleteTagsCommand,
  type DeleteTagsCommandInput,
  DescribeTagsCommand,
  type DescribeTagsCommandInput,
  type ResourceType,
} from '@aws-sdk/client-ec2'
import { groupRecord } from './ec2-group-records.ts'
import { imageRecord } from './ec2-images.ts'
import { placementGroupById } from './ec2-placement.ts'
import { instanceRecord, volumeRecord } from './ec2-records.ts'
import { snapshotRecord } from './ec2-snapshots.ts'
import { ec2Error } from './errors.ts'
import { matches, page, type Tags } from './filters.ts'
import { type Cloud, type Route, route } from './route.ts'
import type { Kind, Store } from './store.ts'
import { readTags } from './tags.ts'

interface Tagged {
  id: string
  tags: Tags
}

const kinds: Array<{ kind: Kind; prefix: string; type: ResourceType; find: (store: Store, id: string) => Tagged }> = [
  { kind: 'instance', prefix: 'i-', type: 'instance', find: instanceRecord },
  { kind: 'volume', prefix: 'vol-', type: 'volume', find: volumeRecord },
  { kind: 'group', prefix: 'sg-', type: 'security-group', find: groupRecord },
  { kind: 'placement-group', prefix: 'pg-', type: 'placement-group', find: placementGroupById },
  { kind: 'image', prefix: 'ami-', type: 'image', find: imageRecord },
  { kind: 'snapshot', prefix: 'snap-', type: 'snapshot', find: snapshotRecord },
]

/** Changes the tags of every resource named, or of none if one is not there. */
function change(store: Store, ids: string[] | undefined, edit: (tags: Tags) => Tags): void {
  if (!ids?.length) throw ec2Error('MissingParameter', 'The request must contain the parameter resourceIdSet')
  store.transact(() => {
    for (const id of ids) {
      const found = kinds.find(({ prefix }) => id.startsWith(prefix))
      if (found === undefined) throw ec2Error('InvalidID', `The ID '${id}' is not valid`)
      const record = found.find(store, id)
      record.tags = edit(record.tags)
      store.put(found.kind, id, record)
    }
  })
}

function create({ store }: Cloud, { Resources, Tags: list = [] }: CreateTagsCommandInput) {
  const added = readTags(list)
  change(store, Resources, tags => {
    const all = { ...tags, ...added }
    if (Object.keys(all).length > 50) throw ec2Error('TagLimitExceeded', 'More than 50 tags specified')
    return all
  })
  return {}
}

/** A tag named with a value goes only if it has that value; no tags named: all go. */
function remove({ store }: Cloud, { Resources, Tags: list }: DeleteTagsCommandInput) {
  change(store, Resources, tags => {
    if (list === undefined) return {}
    const goes = ([key, value]: [string, string]) =>
      list.some(tag => tag.Key === key && (tag.Value === undefined || tag.Value === value))
    return Object.fromEntries(Object.entries(tags).filter(tag => !goes(tag)))
  })
  return {}
}

function describe({ store }: Cloud, input: DescribeTagsCommandInput) {
  const all = kinds.flatMap(({ kind, type }) =>
    store
      .list<Tagged>(kind)
      .flatMap(({ id, tags }) =>
        Object.entries(tags).map(([Key, Value]) => ({ ResourceId: id, ResourceType: type, Key, Value })),
      ),
  )
  const found = all.filter(({ ResourceId, ResourceType, Key, Value }) => {
    const fields = {
      'resource-id': [ResourceId],
      'resource-type': [ResourceType as string],
      key: [Key],
      value: [Value],
    }
    return matches(input.Filters, fields, { [Key]: Value })
  })
  const { items, NextToken } = page(found, input, { min: 5, max: 1000 })
  return { Tags: items, NextToken }
}

export const tagRoutes: Route[] = [
  route(CreateTagsCommand, create),
  route(DeleteTagsCommand, remove),
  route(DescribeTagsCommand, describe),
]
