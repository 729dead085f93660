/** Both OS layers, run: what they do to a fresh node, in which order, and that a second run leaves everything alone. */
import { describe, expect, it } from 'vitest'
import { documentText, Node } from './node.ts'

const layers = ['debian-12', 'rocky-8'] as const
type Layer = (typeof layers)[number]

/** As a document does: the layer is the body of a function, after lib/common.sh. */
const layer = (node: Node, lines: string) => {
  const os = node.read('/etc/os-release').match(/PRETTY_NAME="(.*)"/)?.[1]
  return node.common(`layer() {\n${documentText('os', `${os}.sh`)}\n}\nlayer\n${lines}`)
}
const changed = (node: Node, lines: string) => layer(node, `${lines}\nreport`).report.changed

describe('both layers', () => {
  it('define the same functions and variables, and nothing else', () => {
    const [debian, rocky] = layers.map(
      os =>
        layer(
          new Node(os),
          'declare -F | sed "s/declare -f //" | grep -E "^os_|^layer"; compgen -v | grep -v -E "^(BASH|PIPESTATUS|_$|[A-Z]+$)"',
        ).stdout,
    )
    expect(debian).toBe(rocky)
    expect(debian?.split('\n')).toEqual(
      expect.arrayContaining([
        'os_packages',
        'os_selinux_off',
        'os_firewall',
        'os_target_folder',
        'os_name',
        'os_ssh_unit',
      ]),
    )
  })

  it('define every name of theirs that a document uses', () => {
    const scripts = ['prepare-controller', 'prepare-host', 'start-cluster', 'serve-perfweb'].map(name =>
      documentText(name, 'script.sh'),
    )
    const used = [...new Set(scripts.join('\n').match(/\bos_\w+/g))].sort()
    for (const os of layers) {
      const missing = used.map(name => `declare -F ${name} >/dev/null || declare -p ${name} >/dev/null || echo ${name}`)
      expect(layer(new Node(os), missing.join('\n')).stdout, os).toBe('')
    }
  })

  it.each(layers)('%s says what it is', os => {
    expect(layer(new Node(os), 'echo "$os_name"').stdout).toBe(`${os}\n`)
  })

  it('another system is refused by name, before anything is done to it', () => {
    const node = new Node('rocky-8')
    node.put('/etc/os-release', 'ID=rocky\nVERSION_ID="9.4"\nPRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"\n')
    const { status, stderr } = node.document('settle-luns', { luns: 'LUN0' })
    expect(status).toBe(1)
    expect(stderr).toBe('error: Rocky Linux 9.4 (Blue Onyx) is not supported: debian-12 and rocky-8 are\n')
    expect(node.commands()).toEqual([])
  })
})

describe('packages', () => {
  const wanted: Record<Layer, Record<'controller' | 'host', string>> = {
    'debian-12': {
      controller:
        'jq python3 iproute2 nftables openssh-server open-iscsi sysstat pcs pacemaker pacemaker-cli-utils corosync ' +
        'resource-agents fence-agents sbd targetcli-fb lvm2',
      host: 'jq python3 iproute2 nftables openssh-server open-iscsi sysstat multipath-tools sg3-utils lsscsi',
    },
    'rocky-8': {
      controller:
        'jq python36 iproute firewalld openssh-server iscsi-initiator-utils sysstat pcs pacemaker corosync ' +
        'resource-agents fence-agents-aws fence-agents-sbd sbd targetcli lvm2',
      host: 'jq python36 iproute firewalld openssh-server iscsi-initiator-utils sysstat device-mapper-multipath sg3_utils lsscsi',
    },
  }

  it.each(['controller', 'host'] as const)(
    'debian-12: a %s gets what is missing, no service of it starts, once',
    role => {
      const node = new Node('debian-12')
      const list = wanted['debian-12'][role]
      expect(changed(node, `mkdir -p /usr/sbin; os_packages ${role}`)).toEqual([`packages ${list}`])
      expect(node.commands()).toEqual([
        'apt-get update',
        `apt-get install --yes --no-install-recommends ${list}`,
        // What invoke-rc.d hears while packages are installed: no service may start.
        'policy 101',
      ])
      expect(node.exists('/usr/sbin/policy-rc.d')).toBe(false)
      expect(changed(node, `os_packages ${role}`)).toEqual([])
      expect(node.commands()).toEqual([])
    },
  )

  it.each([
    ['debian-12', 'apache2-bin'],
    ['rocky-8', 'httpd'],
  ] as const)('%s: a host that serves perfweb gets %s besides', (os, name) => {
    const node = new Node(os)
    layer(node, 'mkdir -p /usr/sbin; os_packages host')
    expect(changed(node, 'os_packages perfweb')).toEqual([`packages ${name}`])
    expect(changed(node, 'os_packages perfweb')).toEqual([])
  })

  it('debian-12: a package of another architecture in its name is there too', () => {
    const node = new Node('debian-12')
    for (const name of wanted['debian-12'].host.split(' ')) node.put(`/var/lib/dpkg/info/${name}:amd64.list`, '')
    expect(changed(node, 'os_packages host')).toEqual([])
    expect(node.commands()).toEqual([])
  })

  it.each([
    ['controller', '--enablerepo=ha '],
    ['host', ''],
  ] as const)('rocky-8: a %s gets what is missing, once', (role, repos) => {
    const node = new Node('rocky-8')
    const list = wanted['rocky-8'][role]
    expect(changed(node, `os_packages ${role}`)).toEqual([`packages ${list}`])
    expect(node.commands()).toEqual([`dnf --assumeyes ${repos}install ${list}`])
    expect(changed(node, `os_packages ${role}`)).toEqual([])
    expect(node.commands()).toEqual([])
  })

  it('only the ones that are missing are asked for', () => {
    const debian = new Node('debian-12')
    for (const name of wanted['debian-12'].host.split(' ').slice(0, -1))
      debian.put(`/var/lib/dpkg/info/${name}.list`, '')
    expect(changed(debian, 'mkdir -p /usr/sbin; os_packages host')).toEqual(['packages lsscsi'])
    const rocky = new Node('rocky-8')
    for (const name of wanted['rocky-8'].host.split(' ').slice(0, -1)) rocky.put(`/state/packages/${name}`, '')
    expect(changed(rocky, 'os_packages host')).toEqual(['packages lsscsi'])
    expect(rocky.commands()).toEqual(['dnf --assumeyes install lsscsi'])
  })
})

describe('SELinux', () => {
  it('rocky-8: off by kernel argument for the next boot, permissive until then, once', () => {
    const node = new Node('rocky-8')
    node.put('/sys/fs/selinux/enforce', '1')
    node.put('/state/kernel-arguments', 'args="ro crashkernel=auto"\n')
    expect(changed(node, 'os_selinux_off')).toEqual(['SELinux off from the next boot'])
    expect(node.commands()).toEqual(['grubby --update-kernel=ALL --args=selinux=0', 'setenforce 0'])
    expect(changed(node, 'os_selinux_off')).toEqual([])
    expect(node.commands()).toEqual([])
  })

  it('nothing is done where the kernel has none', () => {
    for (const os of layers) {
      const node = new Node(os)
      expect(changed(node, 'os_selinux_off')).toEqual([])
      expect(node.commands()).toEqual([])
    }
  })
})

describe('firewall', () => {
  const files: Record<Layer, string> = {
    'debian-12': '/etc/nftables.conf',
    'rocky-8': '/etc/firewalld/zones/public.xml',
  }
  const units: Record<Layer, string> = { 'debian-12': 'nftables.service', 'rocky-8': 'firewalld.service' }
  const begin: Record<Layer, string> = { 'debian-12': 'restart', 'rocky-8': 'start' }
  const again: Record<Layer, string> = {
    'debian-12': 'systemctl restart nftables.service',
    'rocky-8': 'firewall-cmd --reload',
  }
  const ports: Record<Layer, RegExp> = {
    'debian-12': /(tcp|udp) dport (\d+) accept/g,
    'rocky-8': /protocol="(\w+)" port="(\d+)"/g,
  }
  const open = (node: Node, os: Layer) =>
    [...node.read(files[os]).matchAll(ports[os])].map(([, by, port]) => `${port}/${by}`)

  it.each(layers)('%s: opens the ports it is given, by a file and one start, once', os => {
    const node = new Node(os)
    const lines = 'os_firewall 22/tcp 3260/tcp 5405/udp'
    expect(changed(node, lines)).toEqual([files[os], `${units[os]} enabled`])
    expect(node.commands()).toEqual([`systemctl ${begin[os]} ${units[os]}`])
    expect(open(node, os)).toEqual(['22/tcp', '3260/tcp', '5405/udp'])
    expect(changed(node, lines)).toEqual([])
    expect(node.commands()).toEqual([])
  })

  it.each(layers)('%s: takes other ports without a gap, and none at all', os => {
    const node = new Node(os)
    layer(node, 'os_firewall 22/tcp')
    node.commands()
    expect(changed(node, 'os_firewall')).toEqual([files[os]])
    expect(node.commands()).toEqual([again[os]])
    expect(open(node, os)).toEqual([])
  })

  it.each(layers)('%s: starts again a firewall that somebody stopped', os => {
    const node = new Node(os)
    layer(node, 'os_firewall 22/tcp')
    node.commands()
    layer(node, `systemctl stop ${units[os]}; os_firewall 22/tcp`)
    expect(node.commands()).toEqual([`systemctl stop ${units[os]}`, `systemctl start ${units[os]}`])
  })

  it('debian-12: what is not asked for is dropped, but for answers, the node itself and ICMP', () => {
    const node = new Node('debian-12')
    layer(node, 'os_firewall')
    expect(node.read('/etc/nftables.conf')).toBe(`#!/usr/sbin/nft -f
flush ruleset
table inet star {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iif lo accept
    meta l4proto { 1, 58 } accept comment "ICMP, ICMPv6"
  }
}
`)
  })
})

describe('/etc/target', () => {
  it.each(layers)('%s: is there, once', os => {
    const node = new Node(os)
    expect(changed(node, 'os_target_folder; touch /etc/target/saveconfig.json')).toEqual(
      os === 'debian-12' ? ['/etc/target'] : [],
    )
    expect(changed(node, 'os_target_folder')).toEqual([])
    const place = os === 'debian-12' ? '/etc/rtslib-fb-target' : '/etc/target'
    expect(node.exists(`${place}/saveconfig.json`)).toBe(true)
  })
})
