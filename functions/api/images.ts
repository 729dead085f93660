/** The images of nodes that are ours: those with all packages in. */
import type * as z from 'zod'
import { isUsable, ownImages, tagOf } from '../shared/images.ts'
import { holderOf } from '../shared/lock.ts'
import { IMAGES } from '../shared/names.ts'
import type * as answers from './answers.ts'
import { holderView } from './operations.ts'

export type ImageList = z.output<typeof answers.ImageList>

/** Newest first. */
export async function viewImages(): Promise<ImageList> {
  const [own, held] = [await ownImages(), await holderOf(IMAGES)]
  const used = own.find(isUsable)
  const images = own.map(image => ({
    imageId: image.ImageId ?? '',
    name: image.Name ?? '',
    system: tagOf(image, 'star:image'),
    state: image.State ?? '',
    createdAt: new Date(image.CreationDate ?? 0).toISOString(),
    used: image === used,
  }))
  return { images, busy: held ? holderView(held) : null }
}
