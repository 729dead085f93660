/** prove-luns.py on LUNs that are files, each with two names as its two paths; O_DIRECT and all. */
import { closeSync, linkSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { documentText, Node } from './node.ts'

const program = documentText('files/prove-luns.py')
const size = 1024 * 1024
const wwid = (i: number) => `36001405${String(i).padStart(25, '0')}`

/** A host with a map of `paths` paths for each LUN. */
function host(luns = 1, paths = 2): Node {
  const node = new Node('debian-12', 'instance-1')
  for (let i = 0; i < luns; i++) {
    const folder = `/sys/block/dm-${i}`
    node.put(`${folder}/dm/uuid`, `mpath-${wwid(i)}\n`)
    node.put(`${folder}/size`, `${size / 512}\n`)
    mkdirSync(node.path(`${folder}/holders`))
    node.put(`/dev/dm-${i}`, '\0'.repeat(size))
    for (let path = 0; path < paths; path++) {
      const disk = `sd${String.fromCharCode(97 + i)}${path}`
      node.put(`${folder}/slaves/${disk}`, '')
      linkSync(node.path(`/dev/dm-${i}`), node.path(`/dev/${disk}`))
    }
  }
  return node
}
const prove = (node: Node, ...luns: number[]) => node.python(program, luns.map(wwid).join(','))
const content = (node: Node, i = 0) => readFileSync(node.path(`/dev/dm-${i}`))
const isZero = (node: Node, i = 0) => content(node, i).equals(Buffer.alloc(size))
function write(node: Node, offset: number, text: string) {
  const file = openSync(node.path('/dev/dm-0'), 'r+')
  writeSync(file, text, offset)
  closeSync(file)
}

describe('prove-luns', () => {
  it('leaves zeros and says how many LUNs it proved', () => {
    const node = host(3)
    expect(prove(node, 0, 1, 2).report).toEqual({ changed: [], proven: 3 })
    for (const i of [0, 1, 2]) expect(isZero(node, i)).toBe(true)
  })

  it.each([
    ['at its very beginning', 0],
    ['at the last byte of the first blocks', 8191],
    ['at the first byte of the last blocks', size - 8192],
    ['at its last byte', size - 1],
  ])('refuses a LUN with data %s, and writes nothing', (_, offset) => {
    const node = host()
    write(node, offset, 'x')
    const before = content(node)
    const { status, stdout, stderr } = prove(node, 0)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toBe(
      `error: LUN ${wwid(0)} is called new but holds data at ${offset < 8192 ? 0 : size - 8192}: nothing was written\n`,
    )
    expect(content(node).equals(before)).toBe(true)
  })

  it('refuses a LUN that somebody has open through LVM or the like, and writes nothing', () => {
    const node = host()
    node.put('/sys/block/dm-0/holders/dm-7', '')
    write(node, 100_000, 'data in the middle')
    const before = content(node)
    const { status, stderr } = prove(node, 0)
    expect({ status, stderr }).toEqual({ status: 1, stderr: `error: LUN ${wwid(0)} is in use: nothing was written\n` })
    expect(content(node).equals(before)).toBe(true)
  })

  it.each([1, 3])('refuses a LUN with %s paths', paths => {
    const { status, stderr } = prove(host(1, paths), 0)
    expect({ status, stderr }).toEqual({ status: 1, stderr: `error: LUN ${wwid(0)} has ${paths} paths, not 2\n` })
  })

  it('refuses a LUN that is not there', () => {
    const { status, stderr } = prove(host(), 5)
    expect({ status, stderr }).toEqual({ status: 1, stderr: `error: LUN ${wwid(5)} is not here as a multipath map\n` })
  })

  it('takes up a proof of the same LUN that was interrupted, but not that of another', () => {
    const node = host()
    write(node, 0, `STAR proof of ${wwid(0)} through /dev/sda0 at 0\n`)
    expect(prove(node, 0).report).toEqual({ changed: [], proven: 1 })
    expect(isZero(node)).toBe(true)
    write(node, 0, `STAR proof of ${wwid(1)} through /dev/sda0 at 0\n`)
    expect(prove(node, 0).stderr).toContain('is called new but holds data at 0')
    expect(content(node).toString('latin1', 0, 13)).toBe('STAR proof of')
  })

  it('finds a path that leads to another disk', () => {
    const node = host()
    node.bash('rm /dev/sda1')
    writeFileSync(node.path('/dev/sda1'), Buffer.alloc(size))
    const { status, stdout, stderr } = prove(node, 0)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toBe(`error: LUN ${wwid(0)}: what was written by /dev/sda0 at 0 does not read back by /dev/sda1\n`)
  })

  it('one LUN that is refused fails the whole, whatever becomes of the others', () => {
    const node = host(2)
    node.put('/sys/block/dm-1/holders/dm-7', '')
    const { status, stdout } = prove(node, 0, 1)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  })
})
