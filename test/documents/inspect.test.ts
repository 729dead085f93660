/** What inspect-host and inspect-controller say of nodes whose kernel, LVM and cluster are described by files. */
import { readFileSync, symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { documentText, Node } from './node.ts'

const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
const uuids = ['01234567-89ab-cdef-0123-456789abcdef', '11111111-2222-3333-4444-555555555555']
const wwid = (uuid = '') => `36001405${uuid.replaceAll('-', '').slice(0, 25)}`

describe('inspect-host', () => {
  const program = documentText('files/inspect-host.py')

  /** Two sessions; each disk belongs to one of them: session, multipathd's priority, the kernel's state (A active, F failed). */
  function host(luns: { product: string; paths: [string, string, string][] }[], lost: string[] = []): Node {
    const node = new Node('debian-12', 'instance-1')
    for (const [i, address] of ['172.31.0.11', '172.31.0.12'].entries()) {
      node.put(`/sys/class/iscsi_connection/connection${i + 1}:0/persistent_address`, `${address}\n`)
      node.put(`/sys/class/iscsi_session/session${i + 1}/state`, lost.includes(address) ? 'FAILED\n' : 'LOGGED_IN\n')
    }
    const priorities: string[] = []
    const status = luns.map(({ product, paths }, i) => {
      node.put(`/sys/block/dm-${i}/dm/name`, `mpath${i}\n`)
      node.put(`/sys/block/dm-${i}/dm/uuid`, `mpath-${wwid(uuids[i])}\n`)
      node.put(`/sys/block/dm-${i}/size`, `${(3072 * 2048) << i}\n`)
      const groups = paths.map(([session, priority, state], path) => {
        const device = `/sys/devices/platform/host${session}/session${session}/target/${path}:${i}`
        node.put(`${device}/model`, `${product}\n`)
        // What the kernel has is old: nobody has asked the target since the roles changed.
        node.put(`${device}/access_state`, 'active/optimized\n')
        const disk = `/sys/block/sd${'abcdef'[i * 2 + path]}`
        priorities.push(`sd${'abcdef'[i * 2 + path]} ${priority}\n`)
        node.put(`${disk}/dev`, `8:${i * 32 + path * 16}\n`)
        symlinkSync(node.path(device), node.path(`${disk}/device`))
        return `A 0 1 2 8:${i * 32 + path * 16} ${state} 0 0 1`
      })
      return `mpath${i}: 0 6291456 multipath 2 0 1 0 ${paths.length} 1 ${groups.join(' ')} \n`
    })
    node.put('/state/dmsetup.output', status.join(''))
    node.put('/state/multipathd.output', priorities.join(''))
    return node
  }

  it('names each LUN with both paths: controller, access state, and whether it works', () => {
    const optimized: [string, string, string] = ['1', '50', 'A']
    const other: [string, string, string] = ['2', '10', 'A']
    const node = host([
      { product: 'STAR-LUN10', paths: [other, optimized] },
      { product: 'STAR-LUN2', paths: [optimized, ['2', '10', 'F']] },
      { product: 'OTHER-DISK', paths: [optimized] },
    ])
    const { status, stdout, report } = node.python(program)
    expect(status).toBe(0)
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(report).toEqual({
      changed: [],
      name: 'instance-1',
      bootId,
      luns: [
        [
          'STAR-LUN2',
          wwid(uuids[1]),
          6144,
          [
            ['172.31.0.11', 'optimized', 'active'],
            ['172.31.0.12', 'non-optimized', 'failed'],
          ],
        ],
        [
          'STAR-LUN10',
          wwid(uuids[0]),
          3072,
          [
            ['172.31.0.11', 'optimized', 'active'],
            ['172.31.0.12', 'non-optimized', 'active'],
          ],
        ],
      ],
      sessions: ['172.31.0.11', '172.31.0.12'],
    })
  })

  it('leaves out a session that is lost, and knows its paths no more', () => {
    const node = host(
      [
        {
          product: 'STAR-LUN0',
          paths: [
            ['1', '50', 'A'],
            ['2', '10', 'F'],
          ],
        },
      ],
      ['172.31.0.12'],
    )
    const { report } = node.python(program)
    expect(report.sessions).toEqual(['172.31.0.11'])
    expect(report.luns).toEqual([
      [
        'STAR-LUN0',
        wwid(uuids[0]),
        3072,
        [
          ['172.31.0.11', 'optimized', 'active'],
          ['?', 'non-optimized', 'failed'],
        ],
      ],
    ])
  })

  it('says each path once, so that 256 LUNs fit in what Run Command keeps', () => {
    const pair: [string, string, string][] = [
      ['1', '50', 'A'],
      ['2', '10', 'A'],
    ]
    const one = host([{ product: 'STAR-LUN255', paths: pair }])
      .python(program)
      .stdout.trim()
    const two = host([255, 256].map(n => ({ product: `STAR-LUN${n}`, paths: pair })))
      .python(program)
      .stdout.trim()
    const each = two.length - one.length
    expect(one.length + 255 * each).toBeLessThan(24_000)
  })

  it('of a host that has nothing yet says just that', () => {
    const { report } = new Node('debian-12', 'instance-1').python(program)
    expect(report).toEqual({ changed: [], name: 'instance-1', bootId, luns: [], sessions: [] })
  })
})

describe('inspect-controller', () => {
  const program = documentText('files/inspect-controller.py')
  const [one, two] = ['star0001-ctl1', 'star0001-ctl2']

  const crm = ({
    promoted = one,
    online = [one, two],
    stonith = 'false',
    devices = '',
    failures = '',
    roles = ['Promoted', 'Unpromoted'],
  } = {}) => `<crm_mon>
  <summary><cluster_options stonith-enabled="${stonith}"/></summary>
  <nodes>${[one, two].map(name => `<node name="${name}" online="${online.includes(name)}"/>`).join('')}</nodes>
  <resources><resource id="STARpool" role="Started" active="true"><node name="${promoted}"/></resource><clone id="STARorbit-clone">
    ${[one, two]
      .map(name => {
        const active = online.includes(name)
        const role = active ? roles[name === promoted ? 0 : 1] : 'Stopped'
        return `<resource id="STARorbit" role="${role}" active="${active}">${active ? `<node name="${name}"/>` : ''}</resource>`
      })
      .join('\n    ')}
  </clone>${devices}</resources>
  <failures>${failures}</failures>
</crm_mon>
`
  const lvs = (owner: string) => `  HD140283|4.00||${owner}|20472.00|13296.00
  LUN1|4096.00|star.lun=1,star.new,star.uuid=${uuids[1]}|${owner}|20472.00|13296.00
  LUN0|3072.00|star.lun=0,star.uuid=${uuids[0]}|${owner}|20472.00|13296.00
`
  const shown = { serving: true, luns: 2, alua: 'optimized', sessions: ['iqn.a:1'], devices: ['/dev/x'] }

  function controller({
    name = one,
    xml = crm(),
    owner = one,
    active = ['LUN0', 'LUN1'],
    target = shown as object | null,
  } = {}) {
    const node = new Node('debian-12', name)
    node.put('/sys/class/block/nvme0n1/size', '1')
    for (const [i, lun] of active.entries()) node.put(`/sys/class/block/dm-${i}/dm/name`, `STARpool-${lun}\n`)
    if (xml) node.put('/state/crm_mon.output', xml)
    if (owner) node.put('/state/lvs.output', lvs(owner))
    if (target) {
      const state = `import json\ndef state():\n    return json.loads('${JSON.stringify(target)}')\n`
      node.put('/usr/lib/star/star_lio.py', state)
    }
    return node.python(program)
  }

  it('describes ACTIVE: cluster, pool, LUNs by their numbers with their marks, target', () => {
    const { status, stdout, report } = controller()
    expect(status).toBe(0)
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(report).toEqual({
      changed: [],
      name: one,
      role: 'ACTIVE',
      fencing: 'off',
      cluster: { online: [one, two], promoted: [one], unpromoted: [two], failures: [] },
      pool: { active: true, owner: one, sizeMiB: 20472, freeMiB: 13296 },
      luns: [
        ['LUN0', wwid(uuids[0]), 3072, 0],
        ['LUN1', wwid(uuids[1]), 4096, 1],
      ],
      target: { serving: true, luns: 2, alua: 'optimized', sessions: ['iqn.a:1'] },
      bootId,
    })
  })

  it('describes STANDBY, which speaks of no LUNs: the pool is not its own', () => {
    const target = { ...shown, alua: 'non-optimized', sessions: [] }
    // It has the volumes mapped all the same.
    const { report } = controller({ name: two, target })
    expect(report).toMatchObject({ role: 'STANDBY', luns: [], pool: { active: false, owner: one } })
    expect(report.target).toEqual({ serving: true, luns: 2, alua: 'non-optimized', sessions: [] })
  })

  it('says that the pool is not active yet while its owner is still the one that was ACTIVE before', () => {
    expect(controller({ owner: two }).report).toMatchObject({ role: 'ACTIVE', pool: { active: false, owner: two } })
  })

  it('reads the role names that older Pacemakers use', () => {
    const { report } = controller({ xml: crm({ roles: ['Master', 'Slave'] }) })
    expect(report).toMatchObject({ role: 'ACTIVE', cluster: { promoted: [one], unpromoted: [two] } })
  })

  it('calls fencing on where every node that is there can fence its partner', () => {
    const device = (n: number, { on = n === 1 ? two : one, role = 'Started', failed = false } = {}) =>
      `<resource id="fence-${n}" role="${role}" failed="${failed}"><node name="${on}"/></resource>`
    const fencing = (devices: string, online = [one, two]) =>
      controller({ xml: crm({ stonith: 'true', devices, online }) }).report.fencing
    expect(fencing(device(1) + device(2))).toBe('on')
    expect(fencing(device(2), [one])).toBe('on')
    expect(fencing(device(1))).toBe('unknown')
    expect(fencing(device(1) + device(2, { on: two }))).toBe('unknown')
    expect(fencing(device(1) + device(2, { failed: true }))).toBe('unknown')
    expect(fencing(device(1, { role: 'Stopped' }) + device(2))).toBe('unknown')
    expect(controller({ xml: crm({ devices: device(1) + device(2) }) }).report.fencing).toBe('off')
  })

  it('says that a partner is gone, and what failed', () => {
    const failures = `<failure op_key="STARorbit_promote_0" node="${two}" exitstatus="error" exitreason=""/>
      <failure op_key="STARpool_start_0" node="${two}" exitstatus="error" exitreason="no disk"/>`
    const { report } = controller({ xml: crm({ online: [one], failures }) })
    expect(report).toMatchObject({
      cluster: {
        online: [one],
        promoted: [one],
        unpromoted: [],
        failures: [`STARorbit_promote_0 on ${two}: error`, `STARpool_start_0 on ${two}: no disk`],
      },
    })
  })

  it('of a controller that is half built says what is there, and fails at nothing', () => {
    const { status, report } = controller({ xml: '', owner: '', active: [], target: null })
    expect(status).toBe(0)
    expect(report).toEqual({
      changed: [],
      name: one,
      role: 'none',
      fencing: 'unknown',
      cluster: { online: [], promoted: [], unpromoted: [], failures: [] },
      pool: { active: false, owner: null, sizeMiB: 0, freeMiB: 0 },
      luns: [],
      target: { serving: false, luns: 0, alua: null, sessions: [] },
      bootId,
    })
  })
})
