import type { Tag, TagSpecification } from '@aws-sdk/client-ec2'
import { ec2Error } from './errors.ts'
import type { Tags } from './filters.ts'

export const tagList = (tags: Tags): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

/** The tags a create call gives to the resource it makes. */
export function tagsFor(type: string, specifications: TagSpecification[] | undefined): Tags {
  const own = (specifications ?? []).filter(({ ResourceType }) => ResourceType === type)
  return readTags(own.flatMap(({ Tags: tags }) => tags ?? []))
}

export function readTags(list: Tag[]): Tags {
  const tags: Tags = {}
  for (const { Key, Value = '' } of list) {
    if (!Key) throw ec2Error('InvalidParameterValue', 'Tag key cannot be empty')
    if (/^aws:/i.test(Key)) {
      throw ec2Error('InvalidParameterValue', 'Tag keys starting with aws: are reserved for internal use')
    }
    if (Key.length > 127)
      throw ec2Error('InvalidParameterValue', 'Tag key exceeds the maximum length of 127 characters')
    if (Value.length > 256) {
      throw ec2Error('InvalidParameterValue', 'Tag value exceeds the maximum length of 256 characters')
    }
    if (Object.hasOwn(tags, Key)) throw ec2Error('InvalidParameterValue', `Duplicate tag key '${Key}' specified.`)
    tags[Key] = Value
  }
  if (Object.keys(tags).length > 50) throw ec2Error('TagLimitExceeded', 'More than 50 tags specified')
  return tags
}
