/** A host's way to its LUNs: both logins at once, and multipathd only when all paths are there. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { Node } from './node.ts'

const addresses = ['172.31.0.11', '172.31.0.12'] as const
const parameters = {
  ...{ array: 'star0001', luns: '1', seconds: '100' },
  controllers: addresses.map((address, i) => `star0001-ctl${i + 1}=${address}`).join(','),
}
const map = '0 1 multipath 2 0 0 0 2 1 A 0 1 2 8:0 A 0 0 1 E 0 1 2 8:16 A 0 0 1\n'

/** As the kernel links a map to its two paths. */
const maps = (node: Node, name: string) => {
  for (const disk of ['sda', 'sdb']) node.put(`/sys/block/${name}/slaves/${disk}`, '')
}

/** Its logins reach those of `open` alone, the others when they are tried again. */
function host(open: readonly string[] = addresses): Node {
  const node = new Node('debian-12', 'instance-1')
  node.put('/state/dmsetup.output', `mpatha: ${map}`)
  maps(node, 'dm-0')
  node.put('/state/open', open.join(' '))
  rmSync(node.path('/bin/iscsiadm'))
  const connections = node.path('/sys/class/iscsi_connection')
  const program = `#!/bin/bash
echo "iscsiadm $*" >>"$NODE_ROOT/commands"
[[ $* == *--login ]] || exit 0
for address in $(<"$NODE_ROOT/state/open"); do
  mkdir -p "${connections}/$address"
  echo "$address" >"${connections}/$address/persistent_address"
done
echo '${addresses.join(' ')}' >"$NODE_ROOT/state/open"
`
  writeFileSync(node.path('/bin/iscsiadm'), program)
  chmodSync(node.path('/bin/iscsiadm'), 0o755)
  return node
}
const logins = (node: Node) => node.commands().filter(line => /--login|settle|multipathd/.test(line))
const login = 'iscsiadm --mode node --targetname iqn.2023-09.test.use.only:star0001-target --login'

it('logs in to both at once, and starts multipathd when udev has been through all paths; the second time it finds all that', () => {
  const node = host()
  const first = node.document('attach-host', parameters)
  expect(first.report).toMatchObject({ paths: { luns: 1, paths: 2 } })
  expect(first.report.changed).toEqual([
    ...addresses.map(address => `logged in to ${address}`),
    'multipathd.service started',
  ])
  expect(logins(node)).toEqual([login, 'udevadm settle --timeout=60', 'systemctl start multipathd.service'])

  expect(node.document('attach-host', parameters).report.changed).toEqual([])
  expect(logins(node)).toEqual([])
})

it('tries again where one of the two is not reached', () => {
  const node = host([addresses[0]])
  expect(node.document('attach-host', parameters).report.changed.slice(0, 2)).toEqual(
    addresses.map(address => `logged in to ${address}`),
  )
  expect(logins(node).filter(line => line === login)).toHaveLength(2)
})

it('who is logged in already looks for new LUNs at once, through both sessions', () => {
  const node = host()
  node.document('attach-host', parameters)
  maps(node, 'dm-1')
  const scans = ['host2', 'host3'].map(name => {
    mkdirSync(node.path(`/sys/class/iscsi_host/${name}`), { recursive: true })
    node.put(`/sys/class/scsi_host/${name}/scan`, '')
    return node.path(`/sys/class/scsi_host/${name}/scan`)
  })
  rmSync(node.path('/bin/dmsetup'))
  writeFileSync(
    node.path('/bin/dmsetup'),
    `#!/bin/bash
echo 'mpatha: ${map.trim()}'
[[ $(cat ${scans.join(' ')} | xargs) != '- - - - - -' ]] || echo 'mpathb: ${map.trim()}'
`,
  )
  chmodSync(node.path('/bin/dmsetup'), 0o755)
  expect(node.document('attach-host', { ...parameters, luns: '2' }).report).toMatchObject({
    changed: [],
    paths: { luns: 2, paths: 4 },
  })
})

it('asks for the table once every map is linked to its paths, and not before', () => {
  const node = host()
  node.document('attach-host', parameters)
  node.commands()
  node.put('/state/dmsetup.output', `mpatha: ${map}mpathb: ${map}`)
  const second = `sleep() { mkdir -p /sys/block/dm-1/slaves/sda /sys/block/dm-1/slaves/sdb; }`
  const { report } = node.bash(`${second}\n${node.script('attach-host', { ...parameters, luns: '2' })}`)
  expect(report).toMatchObject({ paths: { luns: 2, paths: 4 } })
  expect(node.commands().filter(line => line.startsWith('dmsetup'))).toHaveLength(1)
})
