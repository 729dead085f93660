import { describe, expect, it } from 'vitest'
import { host, Target, uuids } from './star-target.ts'

/** As targetcli would save it, A7 of the specification; `role` decides device, group and state. */
function expected(devices: string[], group: number, state: number, acls: [string, number[]][]) {
  const name = `node${group}_tg_pt_gp`
  return {
    fabric_modules: [],
    storage_objects: devices.map((dev, i) => ({
      plugin: 'block',
      name: `STAR-LUN${i}`,
      dev,
      wwn: uuids[i],
      readonly: false,
      write_back: false,
      attributes: { emulate_model_alias: 1, emulate_fua_write: 0 },
      alua_tpgs: [{ name, tg_pt_gp_id: group, alua_access_type: 1, alua_access_state: state }],
    })),
    targets: [
      {
        fabric: 'iscsi',
        wwn: 'iqn.2023-09.test.use.only:star0001-target',
        tpgs: [
          {
            tag: 1,
            enable: true,
            attributes: { authentication: 0, generate_node_acls: 0, demo_mode_write_protect: 1 },
            parameters: {},
            luns: devices.map((_, i) => ({
              index: i,
              storage_object: `/backstores/block/STAR-LUN${i}`,
              alua_tg_pt_gp_name: name,
              alias: `lun${i}`,
            })),
            node_acls: acls.map(([node_wwn, luns]) => ({
              node_wwn,
              mapped_luns: luns.map(i => ({ index: i, tpg_lun: i, write_protect: false, alias: `lun${i}` })),
              attributes: {},
            })),
            portals: [{ ip_address: '0.0.0.0', port: 3260, iser: false, offload: false }],
          },
        ],
      },
    ],
  }
}

const hosts: [string, number[]][] = [
  [host(1), [0, 1]],
  [host(2), []],
  [host(3), [1]],
]
const local = ['/dev/STARpool/LUN0', '/dev/STARpool/LUN1']
const gates = ['/dev/star/LUN0', '/dev/star/LUN1']
const remote = [
  '/dev/disk/by-id/scsi-360014050123456789abcdef012345678',
  '/dev/disk/by-id/scsi-360014051111111122223333444455555',
]

describe('save', () => {
  it('for ACTIVE: the pool’s own volumes, and an ACL for the partner too', () => {
    const target = new Target()
    target.run('save')
    expect(target.saved('.active')).toEqual(
      expected(local, 1, 0, [...hosts, ['iqn.2023-09.test.use.only:star0001-initiator', [0, 1]]]),
    )
  })

  it('for STANDBY: the same LUNs through the partner, for hosts only, non-optimized', () => {
    const target = new Target()
    target.run('save')
    expect(target.saved('.standby')).toEqual(expected(remote, 2, 1, hosts))
  })

  it.each(['STANDBY_NON_OPTIMIZED=0\n', ''])('with "%s" STANDBY is optimized as well', settings => {
    const target = new Target(settings)
    target.run('save')
    expect(target.saved('.standby')).toEqual(expected(remote, 2, 0, hosts))
  })

  it('reports the files that it changed, and leaves equal ones alone', () => {
    const target = new Target()
    const paths = ['.active', '.standby'].map(role => `${target.folder}/saveconfig.json${role}`)
    expect(target.run('save save').printed).toEqual([{ changed: paths }, { changed: [] }])
    target.put('config', 'STANDBY_NON_OPTIMIZED=0\n')
    expect(target.run('save').printed).toEqual([{ changed: [paths[1]] }])
  })
})

describe('serve', () => {
  const portal = 'TPG/np/0.0.0.0:3260'

  it('opens the portal last of all, right after the portal group, and is told by `show`', () => {
    const target = new Target()
    const { error, printed, runs } = target.run('save serve:active show')
    expect(error).toBeNull()
    expect(runs[1]?.slice(-2)).toEqual(['write TPG/enable 1', `mkdir ${portal}`])
    expect(printed[1]).toEqual({ serving: true, luns: 2, alua: 'optimized', sessions: [], devices: gates })
  })

  it('gives a backstore its device and identity before a LUN shows it, and maps it to the hosts that may see it', () => {
    const [, changes = []] = new Target().run('save serve:active').runs
    const wanted = [
      'gate LUN1 local /dev/STARpool/LUN1',
      'write core/iblock_1/STAR-LUN1/control udev_path=/dev/star/LUN1',
      'write core/iblock_1/STAR-LUN1/enable 1',
      `write core/iblock_1/STAR-LUN1/wwn/vpd_unit_serial ${uuids[1]}`,
      'write core/iblock_1/STAR-LUN1/alua/node1_tg_pt_gp/alua_access_state 0',
      'link TPG/lun/lun_1/backstore core/iblock_1/STAR-LUN1',
      'write TPG/lun/lun_1/alua_tg_pt_gp node1_tg_pt_gp',
      `link TPG/acls/${host(3)}/lun_1/lun TPG/lun/lun_1`,
      'write TPG/enable 1',
    ]
    expect(changes.filter(change => wanted.includes(change))).toEqual(wanted)
    expect(changes.filter(change => change.startsWith(`mkdir TPG/acls/${host(2)}`))).toEqual([
      `mkdir TPG/acls/${host(2)}`,
    ])
    expect(changes).not.toContain(`mkdir TPG/acls/${host(3)}/lun_0`)
  })

  it('lets nobody in who has no ACL', () => {
    const [, changes] = new Target().run('save serve:standby').runs
    for (const attribute of ['authentication 0', 'generate_node_acls 0', 'demo_mode_write_protect 1']) {
      expect(changes).toContain(`write TPG/attrib/${attribute}`)
    }
  })

  it('puts this node’s port group in place of the saved one, whichever role it has', () => {
    for (const [node, role, alua, devices] of [
      [2, 'active', 'optimized', local],
      [1, 'standby', 'non-optimized', remote],
    ] as const) {
      const target = new Target()
      const { printed, runs } = target.run(`save serve:${role} show`, { node })
      expect(printed[1]).toMatchObject({ serving: true, alua, devices: gates })
      const groups = runs[1]?.filter(change => /^mkdir core\/.*\/alua\//.test(change))
      expect(groups).toEqual([0, 1].map(i => `mkdir core/iblock_${i}/STAR-LUN${i}/alua/node${node}_tg_pt_gp`))
      const acls = role === 'active' ? [...hosts, ['iqn.2023-09.test.use.only:star0001-initiator', [0, 1]]] : hosts
      const state = role === 'active' ? 0 : 1
      expect(target.saved('')).toEqual(expected([...devices], node, state, acls as [string, number[]][]))
    }
  })

  it('turned to the other role it keeps target and sessions: gates are pointed elsewhere, ALUA says so', () => {
    const partner = 'iqn.2023-09.test.use.only:star0001-initiator'
    const { runs, printed } = new Target().run('save serve:active close show serve:standby show serve:active')
    const state = (i: number) => `write core/iblock_${i}/STAR-LUN${i}/alua/node1_tg_pt_gp/alua_access_state`
    expect(runs[2]).toEqual([`${state(0)} 3`, `${state(1)} 3`, 'gate LUN0 closed ', 'gate LUN1 closed '])
    expect(printed[1]).toMatchObject({ serving: false, luns: 2, alua: 'unavailable' })
    expect(runs[4]).toEqual([
      // Two that pass I/O on to each other would do so for ever.
      ...[0, 1].flatMap(i => [`unlink TPG/acls/${partner}/lun_${i}/lun`, `rmdir TPG/acls/${partner}/lun_${i}`]),
      `rmdir TPG/acls/${partner}`,
      ...[0, 1].flatMap(i => [`gate LUN${i} through ${remote[i]}`, `${state(i)} 1`]),
    ])
    expect(printed[2]).toMatchObject({ serving: true, luns: 2, alua: 'non-optimized' })
    expect(runs[6]?.slice(0, 4)).toEqual([0, 1].flatMap(i => [`gate LUN${i} local ${local[i]}`, `${state(i)} 0`]))
    expect(runs[6]?.at(-1)).toBe(`link TPG/acls/${partner}/lun_1/lun TPG/lun/lun_1`)
  })

  it('never becomes STANDBY while it is ACTIVE', () => {
    const target = new Target()
    target.run('save serve:active')
    target.promoted()
    expect(target.run('serve:standby show')).toMatchObject({
      error: 'star-target: this controller is ACTIVE',
      printed: [{ alua: 'optimized' }],
    })
  })

  // The kernel refuses at each stage: a device that is gone, a group, a link, the portal's address in use.
  it.each(['iblock_1/STAR-LUN1/enable', 'alua/node1', 'lun_1/backstore', `acls/${host(3)}`, 'tpgt_1/enable', 'np/'])(
    'refused at %s it serves nothing, and another try takes it all up',
    fail => {
      const { error, printed, runs } = new Target().run('save serve:active show serve:active show', { fail })
      expect(error).toContain('refused: ')
      expect(runs[1]).not.toContain(`mkdir ${portal}`)
      expect(printed[1]).toMatchObject({ serving: false })
      expect(printed[2]).toEqual({ serving: true, luns: 2, alua: 'optimized', sessions: [], devices: gates })
    },
  )
})

describe('clear', () => {
  it('closes the portal first, then the group, and leaves nothing; a second time there is nothing to do', () => {
    const { error, printed, runs } = new Target().run('save serve:active clear clear show')
    expect(error).toBeNull()
    expect(runs[2]?.slice(0, 2)).toEqual(['rmdir TPG/np/0.0.0.0:3260', 'write TPG/enable 0'])
    const made = runs[1]?.filter(change => /^(mkdir|link|gate) /.test(change)).map(change => change.split(' ')[1])
    const gone = runs[2]?.filter(change => /^(rmdir|unlink|ungate) /.test(change)).map(change => change.split(' ')[1])
    expect(gone?.toSorted()).toEqual(made?.filter(path => path !== 'iscsi').toSorted())
    expect(runs[3]).toEqual([])
    expect(printed[1]).toEqual({ serving: false, luns: 0, alua: null, sessions: [], devices: [] })
  })
})

describe('extend', () => {
  const third = '22222222-3333-4444-5555-666666666666'
  const grown = (target: Target) => {
    target.put('lunlist', `LUN0 ${uuids[0]} 3072M\nLUN1 ${uuids[1]} 4096M\nLUN2 ${third} 1024M\n`)
    target.put('hostlist', `instance-1 ${host(1)} LUN0,LUN1,LUN2\ninstance-2 ${host(2)} \ninstance-3 ${host(3)} LUN1\n`)
  }

  it('adds new LUNs beside those that are served, and touches nothing else', () => {
    const target = new Target()
    target.run('save serve:active')
    grown(target)
    const { error, runs, printed } = target.run('save extend:active show extend:active')
    expect(error).toBeNull()
    expect(printed[1]).toMatchObject({ serving: true, luns: 3, devices: [...gates, '/dev/star/LUN2'] })
    expect(runs[1]?.filter(change => !/LUN2|lun_2|iblock_2/.test(change))).toEqual([])
    expect(runs[1]).toContain(`link TPG/acls/${host(1)}/lun_2/lun TPG/lun/lun_2`)
    expect(runs[1]?.filter(change => change.includes(host(3)))).toEqual([])
    expect(runs[3]).toEqual([])
    expect(target.served()).toEqual(['LUN0', 'LUN1', 'LUN2'])
  })

  it.each(['iblock_2/STAR-LUN2/enable', 'alua/node1', 'lun_2/backstore', 'lun_2/lun'])(
    'refused at %s it leaves what is served as it is, and another try completes it',
    fail => {
      const target = new Target()
      target.run('save serve:active')
      grown(target)
      const first = target.run('save extend:active show extend:active show', { fail })
      expect(first.error).toContain('refused: ')
      expect(first.printed[1]).toMatchObject({ serving: true })
      expect(first.printed[2]).toMatchObject({ serving: true, luns: 3 })
      expect(first.runs.flat().filter(change => /^(rmdir|unlink|write) /.test(change) && !/2/.test(change))).toEqual([])
    },
  )

  it('as STANDBY serves what it sees, and the rest once that is there', () => {
    const target = new Target()
    grown(target)
    target.miss('scsi-3600140522222222')
    expect(target.run('save serve:standby show', { node: 2 }).printed[1]).toMatchObject({ serving: true, luns: 2 })
    expect(target.served()).toEqual(['LUN0', 'LUN1'])
    target.miss('')
    expect(target.run('extend:standby show', { node: 2 }).printed[0]).toMatchObject({ serving: true, luns: 3 })
    expect(target.served()).toEqual(['LUN0', 'LUN1', 'LUN2'])
  })

  it('clear says that nothing is to be there', () => {
    const target = new Target()
    target.run('save serve:active clear')
    expect(target.served()).toEqual([])
  })
})
