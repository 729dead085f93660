/** The documents that make two controllers one: on two nodes, with an SSH that reaches from one folder to the other. */
import { chmodSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { documentText, Node } from './node.ts'

const array = 'star0001'
const controllers = 'star0001-ctl1=172.31.0.11,star0001-ctl2=172.31.0.12'
const uuids = ['01234567-89ab-cdef-0123-456789abcdef', '11111111-2222-3333-4444-555555555555']

let first: Node
let second: Node
beforeEach(() => {
  first = new Node('debian-12', 'star0001-ctl1')
  second = new Node('debian-12', 'star0001-ctl2')
  for (const [node, partner, name] of [
    [first, second, 'star0001-ctl1'],
    [second, first, 'star0001-ctl2'],
  ] as const) {
    node.put('/state/partner', partner.root)
    node.put('/state/name', `${name}\n`)
    node.bash('mkdir -p /var/lib/pacemaker/cib /etc/corosync /etc/target /usr/sbin /usr/lib/star')
    for (const part of ['star_config.py', 'star_lio.py', 'star_gate.py', 'star_pool.py'])
      writeFileSync(node.path(`/usr/lib/star/${part}`), node.contain(documentText(`files/${part}`)))
    writeFileSync(node.path('/usr/sbin/star-target'), node.contain(documentText('files/star-target')), { mode: 0o755 })
  }
})

describe('trust-partner', () => {
  it('lets the partner in from its own address only, knows its host key, once', () => {
    const key = `ssh-ed25519 ${'A'.repeat(68)}`
    const hostKey = `ssh-ed25519 ${'B'.repeat(68)}`
    const parameters = {
      partnerName: 'star0001-ctl2',
      partnerAddress: '172.31.0.12',
      partnerKey: key,
      partnerHostKey: hostKey,
    }
    expect(first.document('trust-partner', parameters).report.changed).toEqual([
      '/root/.ssh/authorized_keys',
      '/root/.ssh/known_hosts',
    ])
    expect(first.read('/root/.ssh/authorized_keys')).toBe(
      `from="172.31.0.12",no-port-forwarding,no-agent-forwarding,no-X11-forwarding ${key} star0001-ctl2\n`,
    )
    expect(first.read('/root/.ssh/known_hosts')).toBe(`star0001-ctl2,172.31.0.12 ${hostKey}\n`)
    expect(first.document('trust-partner', parameters).report.changed).toEqual([])
  })
})

describe('form-cluster', () => {
  const instances = 'i-0123456789abcdef1,i-0123456789abcdef2'
  const parameters = { array, controllers, fencing: 'none', instances, region: 'ap-northeast-1' }
  const files = ['/etc/corosync/corosync.conf', '/etc/corosync/authkey', '/var/lib/pacemaker/cib/cib.xml']

  it('gives both the same configuration and key, once', () => {
    expect(first.document('form-cluster', parameters).report.changed).toEqual([
      '/etc/corosync/corosync.conf',
      '/etc/corosync/authkey',
      '/var/lib/pacemaker/cib/cib.xml',
      'cluster configuration on star0001-ctl2',
      '/var/lib/pacemaker/cib/cib.xml on star0001-ctl2',
    ])
    for (const file of files) expect(second.read(file)).toBe(first.read(file))
    for (const node of [first, second]) {
      const key = statSync(node.path('/etc/corosync/authkey'))
      expect([key.size, (key.mode & 0o777).toString(8)]).toEqual([256, '600'])
    }
    expect(first.document('form-cluster', parameters).report.changed).toEqual([])
  })

  it('fills in names, addresses and the cluster’s name, and leaves no mark behind', () => {
    first.document('form-cluster', parameters)
    const corosync = first.read('/etc/corosync/corosync.conf')
    expect(corosync).toContain('cluster_name: star0001\n')
    const nodes = [...corosync.matchAll(/ring0_addr: (\S+)\s+name: (\S+)\s+nodeid: (\d)/g)].map(match => match.slice(1))
    expect(nodes).toEqual([
      ['172.31.0.11', 'star0001-ctl1', '1'],
      ['172.31.0.12', 'star0001-ctl2', '2'],
    ])
    for (const file of files.filter(file => !file.endsWith('authkey'))) expect(second.read(file)).not.toMatch(/@\w+@/)
  })

  /** What the CIB says of fencing: options of the cluster, devices with theirs, who may not run where, what escalates. */
  function fencing() {
    const cib = first.read('/var/lib/pacemaker/cib/cib.xml')
    expect(second.read('/var/lib/pacemaker/cib/cib.xml')).toBe(cib)
    expect(cib).not.toContain('<!--')
    const values = (text = '') =>
      [...text.matchAll(/<nvpair .*name="(.*?)" value="(.*?)"/g)].map(([, n, v]) => `${n}=${v}`)
    return {
      options: values(/<crm_config>[\s\S]*<\/crm_config>/.exec(cib)?.[0]).slice(0, 4),
      devices: [...cib.matchAll(/<primitive id="(fence-\d)" class="stonith" type="(\w+)">[\s\S]*?<\/primitive>/g)].map(
        ([text, id, type]) => [id, type, ...values(text)],
      ),
      bans: [...cib.matchAll(/<rsc_location .*rsc="(fence-\d)" node="(.*)" score="-INFINITY"/g)].map(([, d, n]) => [
        d,
        n,
      ]),
      escalates: [...cib.matchAll(/id="(\S+)" .*on-fail="fence"/g)].map(([, id]) => id),
    }
  }
  const escalates = ['STARpool-stop', 'STARorbit-stop', 'STARorbit-demote']
  const bans = [
    ['fence-1', 'star0001-ctl1'],
    ['fence-2', 'star0001-ctl2'],
  ]

  it('has controllers fenced by the power switch that a machine is wired to', () => {
    first.put('/sys/class/virtio-ports/vport0p2/name', 'star.power\n')
    first.document('form-cluster', { ...parameters, fencing: 'power' })
    expect(fencing()).toEqual({
      options: ['stonith-enabled=true', 'stonith-action=reboot', 'stonith-timeout=20s', 'priority-fencing-delay=0s'],
      devices: [
        ['fence-1', 'fence_star', 'pcmk_host_list=star0001-ctl1', 'plug=star0001-ctl1'],
        ['fence-2', 'fence_star', 'pcmk_host_list=star0001-ctl2', 'plug=star0001-ctl2'],
      ],
      ...{ bans, escalates },
    })
  })

  it.each(['skip_os_shutdown', ''])(
    'has them fenced by EC2 elsewhere, and waits for no shutdown where it can (%s)',
    option => {
      first.put(
        '/usr/sbin/fence_aws',
        `#!/bin/sh\n[ "$1 $2" = "-o metadata" ] && echo "<parameter name='${option}'>"\n`,
      )
      first.bash('chmod 755 /usr/sbin/fence_aws')
      first.document('form-cluster', { ...parameters, fencing: 'power' })
      const device = (n: number) => [
        ...[`fence-${n}`, 'fence_aws', `pcmk_host_list=star0001-ctl${n}`, `plug=i-0123456789abcdef${n}`],
        ...['region=ap-northeast-1', 'power_timeout=240', ...(option ? ['skip_os_shutdown=true'] : [])],
      ]
      expect(fencing()).toEqual({
        options: ['stonith-enabled=true', 'stonith-action=reboot', 'stonith-timeout=300s', 'priority-fencing-delay=5s'],
        devices: [device(1), device(2)],
        ...{ bans, escalates },
      })
    },
  )

  it('has them fenced by messages on a disk, whose header is made once', () => {
    const disk = '/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0'
    first.put(disk, '')
    const sbd = '#!/bin/sh\n[ "$3" = dump ] && exec grep -q made "$2"\necho "$@"\necho made >"$2"\n'
    first.put('/bin/sbd', sbd)
    chmodSync(first.path('/bin/sbd'), 0o755)
    first.put('/usr/sbin/fence_sbd', '')
    const given = { ...parameters, fencing: 'vol-0123456789abcdef0' }
    const { report, stderr } = first.document('form-cluster', given)
    expect(report.changed).toContain("SBD's header on vol-0123456789abcdef0")
    expect(stderr).toContain(`-d ${disk} -1 5 -4 10 create`)
    const device = (n: number) => [
      ...[`fence-${n}`, 'fence_sbd', `pcmk_host_list=star0001-ctl${n}`, `plug=star0001-ctl${n}`, `devices=${disk}`],
    ]
    for (const node of [first, second]) {
      expect(node.read('/etc/default/sbd').split('\n').slice(0, 2)).toEqual([
        `SBD_DEVICE=${disk}`,
        'SBD_WATCHDOG_DEV=/dev/watchdog',
      ])
    }
    expect(fencing()).toEqual({
      options: ['stonith-enabled=true', 'stonith-action=reboot', 'stonith-timeout=60s', 'priority-fencing-delay=5s'],
      devices: [device(1), device(2)],
      ...{ bans, escalates },
    })
    expect(first.document('form-cluster', given).report.changed).toEqual([])
  })

  it('forms no cluster that was to be fenced and cannot be; without fencing nothing speaks of it', () => {
    const { status, stderr } = first.document('form-cluster', { ...parameters, fencing: 'power' })
    expect(status).toBe(1)
    expect(stderr).toContain('error: there is nothing to fence with: no power switch, and fence_aws is not installed')
    expect(first.exists('/var/lib/pacemaker/cib/cib.xml')).toBe(false)
    first.document('form-cluster', parameters)
    expect(fencing()).toMatchObject({ devices: [], bans: [], escalates: [] })
    expect(fencing().options[0]).toBe('stonith-enabled=false')
  })

  it('leaves the CIB of a cluster that has run as it is', () => {
    second.put('/var/lib/pacemaker/cib/cib.xml', '<cib epoch="99"/>')
    expect(first.document('form-cluster', parameters).report.changed).not.toContain(
      '/var/lib/pacemaker/cib/cib.xml on star0001-ctl2',
    )
    expect(second.read('/var/lib/pacemaker/cib/cib.xml')).toBe('<cib epoch="99"/>')
    expect(first.exists('/var/lib/pacemaker/cib/cib.xml.new')).toBe(false)
    expect(second.exists('/var/lib/pacemaker/cib/cib.xml.new')).toBe(false)
  })

  it('mends a partner that lost its key, with the same key', () => {
    first.document('form-cluster', parameters)
    const key = first.read('/etc/corosync/authkey')
    second.put('/etc/corosync/authkey', 'another')
    expect(first.document('form-cluster', parameters).report.changed).toEqual([
      'cluster configuration on star0001-ctl2',
    ])
    expect([first.read('/etc/corosync/authkey'), second.read('/etc/corosync/authkey')]).toEqual([key, key])
  })
})

describe('configure-target', () => {
  const initiator = 'iqn.2023-09.com.example:host'
  const parameters = {
    array,
    luns: `LUN0=${uuids[0]}=3072,LUN1=${uuids[1]}=4096`,
    hosts: `instance-1=${initiator}1=LUN0+LUN1;instance-2=${initiator}2=;instance-3=${initiator}3=LUN1`,
  }
  const files = ['starname', 'version', 'config', 'lunlist', 'hostlist'].map(name => `/etc/star/${name}`)
  const saved = ['/etc/target/saveconfig.json.active', '/etc/target/saveconfig.json.standby']

  it('writes both controllers’ files, once', () => {
    expect(first.document('configure-target', parameters).report.changed).toEqual([
      ...files,
      ...saved,
      'configuration on star0001-ctl2',
    ])
    expect(first.read('/etc/star/starname')).toBe('star0001\n')
    expect(first.read('/etc/star/version')).toBe('0.5\n')
    expect(first.read('/etc/star/config')).toBe('STANDBY_NON_OPTIMIZED=1\n')
    expect(first.read('/etc/star/lunlist')).toBe(`LUN0 ${uuids[0]} 3072M\nLUN1 ${uuids[1]} 4096M\n`)
    expect(first.read('/etc/star/hostlist')).toBe(
      `instance-1 ${initiator}1 LUN0,LUN1\ninstance-2 ${initiator}2 \ninstance-3 ${initiator}3 LUN1\n`,
    )
    for (const file of [...files, ...saved]) expect(second.read(file), file).toBe(first.read(file))
    expect(second.exists('/etc/star.new')).toBe(false)
    expect(first.document('configure-target', parameters).report.changed).toEqual([])
  })

  it('after a change of one host writes only what that changes', () => {
    first.document('configure-target', parameters)
    const hosts = `instance-1=${initiator}1=LUN0`
    expect(first.document('configure-target', { ...parameters, hosts }).report.changed).toEqual([
      '/etc/star/hostlist',
      ...saved,
      'configuration on star0001-ctl2',
    ])
    expect(second.read('/etc/star/hostlist')).toBe(`instance-1 ${initiator}1 LUN0\n`)
  })

  it.each(['ctl1', 'ctl2'])('has the new LUNs served by %s where that is ACTIVE, whoever was asked', active => {
    const [self, other] = active === 'ctl1' ? [first, second] : [second, first]
    for (const node of [first, second]) {
      const real = node.path('/usr/sbin/star-target')
      renameSync(real, `${real}.real`)
      const look = `grep --quiet LUN1 ${node.path('/etc/star/lunlist')} && echo "$@" >>${node.path('/state/extended')}`
      writeFileSync(real, `#!/bin/sh\n[ "$1" = extend ] || exec ${real}.real "$@"\n${look}\n`, { mode: 0o755 })
    }
    self.put('/run/star/promoted', '')
    first.document('configure-target', parameters)
    expect(self.read('/state/extended')).toBe('extend active\n')
    expect(other.exists('/state/extended')).toBe(false)
  })

  it('mends a partner that has something else', () => {
    first.document('configure-target', parameters)
    second.put('/etc/star/lunlist', 'LUN9 x 1M\n')
    expect(first.document('configure-target', parameters).report.changed).toEqual(['configuration on star0001-ctl2'])
    expect(second.read('/etc/star/lunlist')).toBe(first.read('/etc/star/lunlist'))
  })
})

describe('settle-luns', () => {
  it('takes the mark from the LUNs that are named and still have it', () => {
    first.put('/state/lvs.output', '  LUN0\n  LUN10\n')
    const { report } = first.document('settle-luns', { luns: 'LUN0,LUN1' })
    expect(report.changed).toEqual(['LUN LUN0 is proven'])
    expect(first.commands().at(-1)).toBe('lvchange --deltag star.new STARpool/LUN0')
  })

  it('has nothing to do where none has it', () => {
    expect(first.document('settle-luns', { luns: 'LUN0,LUN1' }).report.changed).toEqual([])
    expect(first.commands().filter(command => command.startsWith('lvchange'))).toEqual([])
  })
})
