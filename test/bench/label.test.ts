import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readLabel } from '../../bench/array-faults/label.ts'

const text = `STARpool {
id = "x"
seqno = 47
format = "lvm2"
status = ["RESIZEABLE", "READ", "WRITE"]
system_id = "star0001-ctl2"
extent_size = 8192

logical_volumes {

LUN0 {
creation_host_system_id = "star0001-ctl1"
}
}
}
`

/** A disk as LVM leaves it: text at `offset` of a metadata area of `size` bytes that begins at 4 KiB. */
function disk(offset: number, size = 8192): Buffer {
  const bytes = Buffer.alloc(64 * 1024)
  bytes.write(' LVM2 x[5A%r0N*>', 4096 + 4, 'latin1')
  for (const [at, value] of [
    [24, 4096],
    [32, size],
    [40, offset],
    [48, text.length],
  ] as const) {
    bytes.writeBigUInt64LE(BigInt(value), 4096 + at)
  }
  const straight = text.slice(0, size - offset)
  bytes.write(straight, 4096 + offset)
  bytes.write(text.slice(straight.length), 4096 + 512)
  return bytes
}

function labelOf(bytes: Buffer) {
  const folder = mkdtempSync(join(tmpdir(), 'star-label-'))
  try {
    writeFileSync(join(folder, 'disk'), bytes)
    return readLabel(join(folder, 'disk'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

it('names the owner of the pool, wherever in its ring the metadata lies', () => {
  const owner = { owner: 'star0001-ctl2', sequence: 47 }
  expect(labelOf(disk(512))).toEqual(owner)
  expect(labelOf(disk(8192 - 50))).toEqual(owner)
})

it('says nothing of a disk without a pool, or one that is shorter than its metadata', () => {
  expect(labelOf(Buffer.alloc(64 * 1024))).toBeUndefined()
  expect(labelOf(disk(512).subarray(0, 4096 + 530))).toBeUndefined()
})
