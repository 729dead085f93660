/** check-paths.py on LUNs that are files, each with two names as its two paths; one that hangs is a pipe that nobody writes to. */
import { closeSync, linkSync, openSync, rmSync, symlinkSync, writeSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { documentText, Node } from './node.ts'

const program = documentText('files/check-paths.py')
const addresses = ['172.31.0.11', '172.31.0.12'] as const
const controllers = addresses.map((address, i) => `star0001-ctl${i + 1}=${address}`).join(',')
const target = 'iqn.2023-09.test.use.only:star0001-target'
const size = 64 * 1024

/** A host with a path to each LUN through each of two sessions. */
function host(luns = 2): Node {
  const node = new Node('debian-12', 'instance-1')
  node.put('/state/iscsiadm.output', addresses.map(address => `${address}:3260,1 ${target}\n`).join(''))
  for (const [i, address] of addresses.entries()) {
    node.put(`/sys/class/iscsi_connection/connection${i + 1}:0/persistent_address`, `${address}\n`)
    node.put(`/sys/class/iscsi_session/session${i + 1}/targetname`, `${target}\n`)
  }
  for (let lun = 0; lun < luns; lun++) {
    node.put(`/dev/${disk(lun, 0)}`, `LUN${lun}`.padEnd(size, '.'))
    linkSync(node.path(`/dev/${disk(lun, 0)}`), node.path(`/dev/${disk(lun, 1)}`))
    for (const path of [0, 1]) see(node, lun, path, `session${path + 1}`)
  }
  return node
}
const disk = (lun: number, path: number) => `sd${String.fromCharCode(97 + lun)}${path}`
function see(node: Node, lun: number, path: number, session: string) {
  const device = `/sys/devices/platform/host${path}/${session}/target/${lun}`
  node.put(`${device}/model`, `STAR-LUN${lun}        \n`)
  node.put(`${device}/wwid`, `naa.6001405${lun}\n`)
  node.put(`/sys/block/${disk(lun, path)}/size`, `${size / 512}\n`)
  symlinkSync(node.path(device), node.path(`/sys/block/${disk(lun, path)}/device`))
}
function replace(node: Node, lun: number, path: number, text?: string) {
  rmSync(node.path(`/dev/${disk(lun, path)}`))
  if (text !== undefined) node.put(`/dev/${disk(lun, path)}`, text)
}
function hang(node: Node, lun: number, path: number) {
  replace(node, lun, path)
  expect(node.bash(`python3 -c 'import os; os.mkfifo("${node.path(`/dev/${disk(lun, path)}`)}")'`).status).toBe(0)
}
const check = (node: Node, patience = 10) => node.python(program, 'star0001', controllers, String(patience))

const well = { changed: [], name: 'instance-1', failed: [], different: [], logins: addresses.map(a => [a, '']) }

describe('check-paths', () => {
  it('reads every LUN through each of its paths, logs in at each controller, and writes nothing', () => {
    const node = host(3)
    const { status, stdout, report } = check(node)
    expect(status).toBe(0)
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(report).toEqual({ ...well, luns: 3, paths: 6 })
    expect(node.commands().sort()).toEqual(
      addresses.map(a => `iscsiadm --mode discovery --type sendtargets --op nonpersistent --portal ${a}:3260`),
    )
    expect(node.read('/dev/sda0')).toBe('LUN0'.padEnd(size, '.'))
  })

  it('is a document that takes the array and its controllers', () => {
    expect(host(1).document('check-paths', { array: 'star0001', controllers }).report).toEqual({
      ...well,
      luns: 1,
      paths: 2,
    })
  })

  it('names a path that cannot be read, with its controller and the reason', () => {
    const node = host(3)
    replace(node, 1, 1)
    replace(node, 2, 1)
    replace(node, 0, 0, 'short')
    expect(check(node).report).toMatchObject({
      paths: 6,
      failed: [
        [addresses[0], 'a short read', ['LUN0']],
        [addresses[1], 'No such file or directory', ['LUN1', 'LUN2']],
      ],
      different: [],
    })
  })

  it.each([
    ['first', 0],
    ['last', size - 1],
  ])('finds a path that shows other data in its %s block', (_, offset) => {
    const node = host()
    replace(node, 1, 1, 'LUN1'.padEnd(size, '.'))
    expect(check(node).report).toMatchObject({ failed: [], different: [] })
    const file = openSync(node.path(`/dev/${disk(1, 1)}`), 'r+')
    writeSync(file, 'X', offset)
    closeSync(file)
    expect(check(node).report).toMatchObject({ failed: [], different: ['LUN1'] })
  })

  it.each([
    ['is written once meanwhile', ['a', 'b', 'a', 'b', 'b', 'b'], false],
    ['is being written all the time', ['a', 'b', 'c'], false],
    ['was written before the second path was read', ['a', 'b', 'b'], false],
    ['differs each time it is looked at', ['a', 'b', 'a', 'a', 'b', 'a', 'a', 'b', 'a'], true],
  ])('a LUN that %s', (_, reads, verdict) => {
    const ending = `
reads = iter(${JSON.stringify(reads)})
read_ends = lambda device: next(reads)
print(json.dumps({'changed': [], 'different': differs('one', 'other')}))
`
    const node = host(0)
    expect(node.python(program.replace(/\nmain\(\)\n$/, ending), 'star0001', controllers, '1').report).toEqual({
      changed: [],
      different: verdict,
    })
  })

  it('leaves a read behind that hangs, and reads all the others', () => {
    const node = host(12)
    hang(node, 3, 1)
    expect(check(node, 0.5).report).toMatchObject({
      luns: 12,
      failed: [[addresses[1], 'no answer in 0.5 s', ['LUN3']]],
      different: [],
    })
  })

  it('does not try every path through a controller that does not answer', () => {
    const luns = 26
    const node = host(luns)
    for (let lun = 0; lun < luns; lun++) hang(node, lun, 1)
    const { failed } = check(node, 0.5).report as unknown as { failed: [string, string, string[]][] }
    expect(failed.map(([address, why]) => [address, why])).toEqual([
      [addresses[1], 'no answer in 0.5 s'],
      [addresses[1], 'not tried: others through this controller do not answer'],
    ])
    expect(failed.flatMap(([, , names]) => names)).toHaveLength(luns)
    expect(failed[0]?.[2].length).toBeLessThan(luns / 2)
  })

  it('leaves nothing behind that would keep the document open', () => {
    const node = host(1)
    hang(node, 0, 1)
    // Its end is awaited as the agent does it: until nobody holds its output any more.
    expect(node.bash(`python3 - star0001 ${controllers} 0.5 <<'END' | cat\n${program}\nEND`).report).toMatchObject({
      failed: [[addresses[1], 'no answer in 0.5 s', ['LUN0']]],
    })
  })

  it('tells who does not let it log in, and why', () => {
    const node = host(1)
    rmSync(node.path('/bin/iscsiadm'))
    node.put(
      '/bin/iscsiadm',
      `#!/bin/bash
case $* in
  *${addresses[0]}*) echo '${addresses[0]}:3260,1 iqn.of.another:target' ;;
  *) echo 'iscsiadm: cannot make connection' >&2; echo 'iscsiadm: connection login retries (reopen_max) 5 exceeded' >&2; exit 4 ;;
esac
`,
    )
    node.bash(`chmod 755 ${node.path('/bin/iscsiadm')}`)
    expect(check(node).report.logins).toEqual([
      [addresses[0], `it does not offer ${target} to this host`],
      [addresses[1], 'iscsiadm: connection login retries (reopen_max) 5 exceeded'],
    ])
  })

  it('looks at disks of this array alone', () => {
    const node = host(1)
    node.put('/sys/class/iscsi_session/session7/targetname', 'iqn.of.another:target\n')
    see(node, 5, 0, 'session7')
    node.put('/sys/block/sdz/size', '1\n')
    expect(check(node).report).toMatchObject({ luns: 1, paths: 2, failed: [] })
  })

  it('of a host that has no LUN says just that', () => {
    expect(check(host(0)).report).toEqual({ ...well, luns: 0, paths: 0 })
  })
})
