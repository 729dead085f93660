/** Run Command keeps 24,000 characters of what a document writes; its report is the last of it. */
import { mkdirSync, symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { documentText, Node } from '../documents/node.ts'

const LIMIT = 24_000
const LUNS = 256
const range = (count: number) => Array.from({ length: count }, (_, i) => i)
const uuidOf = (i: number) => `01234567-89ab-cdef-0123-${i.toString(16).padStart(12, '0')}`
const nameOf = (i: number) => `ABCDEFG${String(i).padStart(3, '0')}`
const initiators = range(16).map(i => `iqn.2023-09.a:${String(i).padStart(3, '0')}`.padEnd(223, 'x'))

test('inspect-host tells of 256 LUNs with two paths each', () => {
  const node = new Node('debian-12', 'h'.repeat(63))
  const addresses = ['172.31.255.254', '172.31.255.253']
  for (const [i, address] of addresses.entries()) {
    node.put(`/sys/class/iscsi_connection/connection${i + 1}:0/persistent_address`, `${address}\n`)
    node.put(`/sys/class/iscsi_session/session${i + 1}/state`, 'LOGGED_IN\n')
  }
  const priorities: string[] = []
  const status = range(LUNS).map(i => {
    node.put(`/sys/block/dm-${i}/dm/name`, `mpath${i}\n`)
    node.put(`/sys/block/dm-${i}/dm/uuid`, `mpath-36001405${uuidOf(i).replaceAll('-', '').slice(0, 25)}\n`)
    node.put(`/sys/block/dm-${i}/size`, `${16_777_216 * 2048}\n`)
    const groups = addresses.map((_, path) => {
      const disk = `sd${i * 2 + path}`
      const device = `/sys/devices/platform/host${path}/session${path + 1}/target/${i}`
      node.put(`${device}/model`, `STAR-${nameOf(i)}\n`)
      node.put(`/sys/block/${disk}/dev`, `${8 + path}:${i}\n`)
      symlinkSync(node.path(device), node.path(`/sys/block/${disk}/device`))
      priorities.push(`${disk} ${path === 0 ? 50 : 10}\n`)
      return `A 0 1 2 ${8 + path}:${i} ${i % 2 === 0 ? 'A' : 'F'} 0 0 1`
    })
    return `mpath${i}: 0 6291456 multipath 2 0 1 0 2 1 ${groups.join(' ')} \n`
  })
  node.put('/state/dmsetup.output', status.join(''))
  node.put('/state/multipathd.output', priorities.join(''))

  const { stdout, report } = node.python(documentText('files/inspect-host.py'))

  console.log(`inspect-host: ${stdout.length} characters`)
  expect(report.luns).toHaveLength(LUNS)
  for (const [, , , paths] of report.luns as unknown[][]) expect(paths).toHaveLength(2)
  expect(stdout.length).toBeLessThan(LIMIT)
})

test('inspect-controller tells of 256 LUNs, 16 hosts, and what failed', () => {
  const names = [1, 2].map(i => `${'c'.repeat(62)}${i}`)
  const node = new Node('debian-12', names[0])
  const failure = `<failure op_key="STARorbit_promote_0" node="${names[1]}" exitstatus="error" exitreason="${'x'.repeat(160)}"/>`
  const role = (i: number) =>
    `<resource id="STARorbit" role="${['Promoted', 'Unpromoted'][i]}" active="true"><node name="${names[i]}"/></resource>`
  const online = names.map(name => `<node name="${name}" online="true"/>`).join('')
  node.put(
    '/state/crm_mon.output',
    `<crm_mon><summary><cluster_options stonith-enabled="false"/></summary><nodes>${online}</nodes>
      <resources><clone>${role(0)}${role(1)}</clone></resources><failures>${failure.repeat(20)}</failures></crm_mon>`,
  )
  const volumes = range(LUNS).map(
    i => `  ${nameOf(i)}|16777216.00|star.lun=${i},star.new,star.uuid=${uuidOf(i)}|${names[0]}|4294967296.00|1.00\n`,
  )
  node.put('/state/lvs.output', volumes.join(''))
  for (const i of range(LUNS)) node.put(`/sys/class/block/dm-${i}/dm/name`, `STARpool-${nameOf(i)}\n`)
  const shown = { serving: true, luns: LUNS, alua: 'non-optimized', sessions: initiators }
  const state = `import json\ndef state():\n    return json.loads('${JSON.stringify(shown)}')\n`
  node.put('/usr/lib/star/star_lio.py', state)

  const { stdout, report } = node.python(documentText('files/inspect-controller.py'))

  console.log(`inspect-controller: ${stdout.length} characters`)
  expect(report.luns).toHaveLength(LUNS)
  expect(report.target).toEqual(shown)
  expect(stdout.length).toBeLessThan(LIMIT)
})

test('check-paths tells of 256 LUNs that cannot be read, each by both paths', () => {
  const node = new Node('debian-12', 'h'.repeat(63))
  const addresses = ['172.31.255.254', '172.31.255.253']
  node.put('/state/iscsiadm.output', '')
  for (const [i, address] of addresses.entries()) {
    node.put(`/sys/class/iscsi_connection/connection${i + 1}:0/persistent_address`, `${address}\n`)
    node.put(`/sys/class/iscsi_session/session${i + 1}/targetname`, 'iqn.2023-09.test.use.only:star0001-target\n')
    for (const lun of range(LUNS)) {
      const device = `/sys/devices/platform/host${i}/session${i + 1}/target/${lun}`
      node.put(`${device}/model`, `STAR-${nameOf(lun)}\n`)
      node.put(`${device}/wwid`, `naa.6001405${lun}\n`)
      mkdirSync(node.path(`/sys/block/sd${lun * 2 + i}`), { recursive: true })
      symlinkSync(node.path(device), node.path(`/sys/block/sd${lun * 2 + i}/device`))
    }
  }
  const controllers = addresses.map((address, i) => `${'c'.repeat(62)}${i + 1}=${address}`).join(',')

  const { stdout, report } = node.python(documentText('files/check-paths.py'), 'star0001', controllers, '10')

  console.log(`check-paths: ${stdout.length} characters`)
  const failed = report.failed as [string, string, string[]][]
  expect(failed.flatMap(([, , names]) => names)).toHaveLength(2 * LUNS)
  expect(stdout.length).toBeLessThan(LIMIT)
})
