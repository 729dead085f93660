/** Whose the pool is, read from the disks themselves: LVM's metadata names the node that may activate it. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'

export interface Label {
  owner: string
  /** Grows with every change of the metadata. */
  sequence: number
}

/** LVM2's text format: the first metadata area begins at 4 KiB with a header that says where the current text lies. */
const AREA = 4096
const MAGIC = ' LVM2 x[5A%r0N*>'

/** undefined: no disk or no pool, or its metadata is being written just now. */
export function readLabel(disk: string): Label | undefined {
  if (!existsSync(disk)) return undefined
  const file = openSync(disk, 'r')
  try {
    const read = (at: number, length: number) => {
      const bytes = Buffer.alloc(length)
      return bytes.subarray(0, readSync(file, bytes, 0, length, at))
    }
    return parseLabel(read)
  } finally {
    closeSync(file)
  }
}

/** struct mda_header: checksum (4), magic (16), version (4), start, size; then of the text: offset from the start, size. */
export function parseLabel(read: (at: number, length: number) => Buffer): Label | undefined {
  const header = read(AREA, 512)
  if (header.toString('latin1', 4, 20) !== MAGIC) return undefined
  const number = (at: number) => Number(header.readBigUInt64LE(at))
  const [areaSize, offset, size] = [number(32), number(40), number(48)]
  if (offset === 0 || size === 0 || size > areaSize) return undefined
  // The area is a ring; behind its end it goes on after the header.
  const straight = Math.min(size, areaSize - offset)
  const text = Buffer.concat([read(AREA + offset, straight), read(AREA + 512, size - straight)]).toString('latin1')
  const owner = /^\s*system_id = "([^"]+)"/m.exec(text)?.[1]
  const sequence = Number(/^\s*seqno = (\d+)/m.exec(text)?.[1])
  return owner !== undefined && sequence > 0 ? { owner, sequence } : undefined
}
