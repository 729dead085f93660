/** star_pool on disks that are files: when the volumes that a controller has mapped are still what the disks say. */
import { writeFileSync } from 'node:fs'
import { beforeEach, expect, it } from 'vitest'
import { documentText, Node } from './node.ts'

const disk = '/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0'
let node: Node
beforeEach(() => {
  node = new Node('debian-12')
  node.bash('mkdir -p /usr/lib/star /run/star /sys/class/block /dev/mapper')
  const gates = documentText('files/star_gate.py')
  for (const [name, text] of [
    // A file system in memory may not know direct access.
    ['star_pool.py', documentText('files/star_pool.py').replace('os.O_DIRECT', '0')],
    ['star_lio.py', documentText('files/star_lio.py')],
    // No device-mapper: what is mapped are folders, and removing one removes its folder.
    ['star_gate.py', gates.replace(/fcntl\.ioctl\(.*/, "return os.system('rm -r /sys/class/block/' + device)")],
  ] as const)
    writeFileSync(node.path(`/usr/lib/star/${name}`), node.contain(text))
  write(1)
  lvm('LUN0', 'LUN1')
})

/** The disk, with its metadata as of some change. */
function write(change: number): void {
  const header = Buffer.alloc(8192)
  header.write(' LVM2 x[5A%r0N*>', 4100, 'latin1')
  header.writeUInt32LE(change, 4140)
  node.put(disk, '')
  writeFileSync(node.path(disk), header)
}

/** An lvm that maps these volumes, and says how it was called. `then` is done beside that. */
function lvm(...volumes: string[]): void {
  node.put(
    '/bin/lvm',
    `#!/bin/sh\necho "$*" >>"$NODE_ROOT/commands"\nfor volume in ${volumes.join(' ')}; do
  mkdir -p "$NODE_ROOT/dev/STARpool" "$NODE_ROOT/sys/class/block/STARpool-$volume/dm"
  echo "STARpool-$volume" >"$NODE_ROOT/sys/class/block/STARpool-$volume/dm/name"; echo 8 >"$NODE_ROOT/sys/class/block/STARpool-$volume/size"
  : >"$NODE_ROOT/dev/STARpool/$volume"
done\n`,
  )
  node.bash(`chmod 755 ${node.path('/bin/lvm').replace(node.root, '"$NODE_ROOT"')}`)
}

const pool = (lines: string) =>
  node.python(`import sys\nsys.path.insert(0, '/usr/lib/star')\nimport star_pool\n${lines}`)
const attached = () => pool('print(star_pool.is_current())').stdout.trim()

it('maps the volumes once, and they are current until the disks say otherwise', () => {
  expect(attached()).toBe('False')
  expect(pool("star_pool.attach(['LUN0', 'LUN1'])")).toMatchObject({ status: 0, stderr: '' })
  expect(node.commands()).toEqual([
    'vgchange --quiet --config global/system_id_source="lvmlocal" local/system_id="star0001-ctl2" --activate y STARpool',
  ])
  expect(attached()).toBe('True')
  write(2)
  expect(attached()).toBe('False')
  pool("star_pool.attach(['LUN0', 'LUN1'])")
  expect(attached()).toBe('True')
})

it('takes what is mapped away before it maps anew, so that nothing is left of older metadata', () => {
  pool("star_pool.attach(['LUN0', 'LUN1'])")
  lvm('LUN0')
  write(2)
  expect(pool("star_pool.attach(['LUN0'])\nprint(star_pool.mapped())").stdout.trim()).toBe("['STARpool-LUN0']")
})

it('says which LUN has no volume, and does not take that for current', () => {
  const { status, stderr } = pool("star_pool.attach(['LUN0', 'LUN2'])")
  expect([status, stderr.trim()]).toEqual([1, 'star-target: STARpool could not be activated: LUN2'])
  expect(attached()).toBe('False')
})

it('without a disk that has a pool there is nothing to map', () => {
  writeFileSync(node.path(disk), Buffer.alloc(8192))
  expect(pool('star_pool.attach([])').stderr.trim()).toBe(
    'star-target: STARpool could not be activated: no disk has it',
  )
})

it('maps again what was changed while it was mapped', () => {
  const text = `cp "$NODE_ROOT/new" "$NODE_ROOT${disk}"`
  node.put('/new', 'x'.repeat(100))
  writeFileSync(
    node.path('/new'),
    Buffer.concat([Buffer.alloc(4100), Buffer.from(' LVM2 x[5A%r0N*>'), Buffer.alloc(4076, 7)]),
  )
  node.bash(`printf '%s\\n' '${text}' >>"$NODE_ROOT/bin/lvm"`)
  expect(pool("star_pool.attach(['LUN0', 'LUN1'])")).toMatchObject({ status: 0 })
  expect(node.commands()).toHaveLength(2)
  expect(attached()).toBe('True')
})

it('detached it has nothing mapped', () => {
  pool("star_pool.attach(['LUN0', 'LUN1'])\nstar_pool.detach()")
  expect(pool('print(star_pool.mapped())').stdout.trim()).toBe('[]')
  expect(attached()).toBe('False')
})
