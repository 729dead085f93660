/** Where truth lives: every instance, disk and group says by its tags what it is, from the call that makes it. */
import type { Filter, ResourceType, Tag, TagSpecification } from '@aws-sdk/client-ec2'

/** `root` is an instance's own disk, which goes with it. */
export type Role = 'controller' | 'host' | 'disk' | 'root' | 'controllers-group' | 'hosts-group' | 'placement-group'

export interface Identity {
  array: string
  role: Role
  /** Host name of a node, name of a disk or of a group. */
  node: string
}

export function tagsOf({ array, role, node }: Identity): Tag[] {
  return [
    { Key: 'Name', Value: node },
    { Key: 'star:array', Value: array },
    { Key: 'star:role', Value: role },
    { Key: 'star:node', Value: node },
  ]
}

export function taggedAs(type: ResourceType, identity: Identity): TagSpecification {
  return { ResourceType: type, Tags: tagsOf(identity) }
}

/** What belongs to no array: images, and what makes them. */
export interface ImageIdentity {
  /** Such as `rocky-8`. */
  os: string
  role: 'image' | 'image-builder' | 'image-group' | 'root'
  node: string
}

export function imageTags({ os, role, node }: ImageIdentity): Tag[] {
  return [
    { Key: 'Name', Value: node },
    { Key: 'star:image', Value: os },
    { Key: 'star:role', Value: role },
    { Key: 'star:node', Value: node },
  ]
}

export function ofImages(role: ImageIdentity['role']): Filter[] {
  return [
    { Name: 'tag-key', Values: ['star:image'] },
    { Name: 'tag:star:role', Values: [role] },
  ]
}

/** The filters that find all of an array's resources in these roles. */
export function ofArray(array: string, ...roles: Role[]): Filter[] {
  return [
    { Name: 'tag:star:array', Values: [array] },
    { Name: 'tag:star:role', Values: roles },
  ]
}

export function tag(tags: Tag[] | undefined, key: 'star:role' | 'star:node'): string {
  return tags?.find(({ Key }) => Key === key)?.Value ?? ''
}
