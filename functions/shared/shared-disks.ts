/** The disks that are attached to both controllers. */
import { diskName } from './names.ts'
import type { ArrayRequest } from './request.ts'

export interface SharedDisk {
  name: string
  /** Among the devices of a controller. */
  place: number
  sizeGiB: number
  type: 'io2' | 'io1'
  iops: number
}

/** Of io1 and io2 EBS makes none smaller and none slower; SBD needs a megabyte, and an operation a second. */
const LEAST = { sizeGiB: 4, iops: 100 }
/** Behind all that the pool may have. */
const FENCING_PLACE = 16

export const fencingDiskName = (array: string) => `${array}-fencing`

/** The pool's, in their order, and the one that fencing may need. */
export function sharedDisks({
  array,
  disks,
  fencing,
}: Pick<ArrayRequest, 'array' | 'disks' | 'fencing'>): SharedDisk[] {
  const { count, sizeGiB, type, iops } = disks
  const pool = Array.from({ length: count }, (_, place) => ({
    name: diskName(array, place),
    place,
    sizeGiB,
    type,
    iops,
  }))
  return fencing === 'disk' ? [...pool, { name: fencingDiskName(array), place: FENCING_PLACE, type, ...LEAST }] : pool
}
