/**
 * Images that nodes are launched from: the one that its makers publish, and those of ours that have a node's packages in.
 * Ours are known by their tags: `star:image` is the system, `star:base` what they were made of.
 */
import type { Image } from '@aws-sdk/client-ec2'
import { listImages, listInstances } from './ec2.ts'
import { CloudRefused } from './errors.ts'
import { type Node, nodeOf } from './picture.ts'
import { settings } from './settings.ts'
import { ofImages } from './tags.ts'

/** All of ours, in every state, newest first. */
export async function ownImages(): Promise<Image[]> {
  return newestFirst(await listImages({ Owners: ['self'], Filters: [{ Name: 'tag-key', Values: ['star:image'] }] }))
}

/** The newest that is published. */
export async function baseImage(): Promise<Image> {
  const { owner, name } = settings().image
  const available = { Name: 'state', Values: ['available'] }
  const images = await listImages({ Owners: [owner], Filters: [{ Name: 'name', Values: [name] }, available] })
  const [newest] = newestFirst(images).filter(({ Tags = [] }) => Tags.every(({ Key }) => Key !== 'star:image'))
  if (newest) return newest
  throw new CloudRefused(`there is no image named ${name} of owner ${owner}`)
}

/** What nodes are launched from: the newest of ours that was made of what is published under that name, or just that. */
export async function nodeImage(): Promise<Image> {
  return (await ownImages()).find(isUsable) ?? (await baseImage())
}

/** Nodes are launched from the newest of these. */
export const isUsable = (image: Image) => image.State === 'available' && tagOf(image, 'star:base') === baseTag()

/** Made of what is published under another name, an image of ours is another one. */
export function baseTag(): string {
  const { owner, name } = settings().image
  return `${owner}/${name}`
}

/** `Rocky-8-EC2-Base-8.10-20240528.0.x86_64` → `rocky-8` */
export const systemOf = ({ Name = '' }: Image) => /[a-z]+-\d+/i.exec(Name)?.[0].toLowerCase() ?? 'linux'

export const tagOf = ({ Tags = [] }: Image, key: 'star:base' | 'star:image') =>
  Tags.find(({ Key }) => Key === key)?.Value ?? ''

const newestFirst = (images: Image[]) =>
  images.sort((a, b) => (b.CreationDate ?? '').localeCompare(a.CreationDate ?? ''))

/** Instances that an image is made of, until they are all gone. */
export async function findBuilders(): Promise<Node[]> {
  const states = ['pending', 'running', 'stopping', 'stopped', 'shutting-down']
  const alive = { Name: 'instance-state-name', Values: states }
  return (await listInstances({ Filters: [...ofImages('image-builder'), alive] })).map(nodeOf)
}
