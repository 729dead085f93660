/** Whole documents on nodes of both systems: what a node is like afterwards, and that a second run changes nothing. */
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { documentText, Node, type Ran } from './node.ts'

const layers = ['debian-12', 'rocky-8'] as const
const array = 'star0001'
const controllers = 'star0001-ctl1=172.31.0.11,star0001-ctl2=172.31.0.12'
const mode = (node: Node, path: string) => (statSync(node.path(path)).mode & 0o7777).toString(8)
const enabled = (node: Node) =>
  node.bash('cd /etc/systemd/system/multi-user.target.wants && ls').stdout.trimEnd().split('\n')

/** As udev has them; the second one has each disk looked at again when LUNs are added to its target. */
const blockRules = [
  'ACTION!="remove", SUBSYSTEM=="block", KERNEL=="sd*", OPTIONS+="watch"',
  'ACTION=="change", SUBSYSTEM=="scsi", ENV{DEVTYPE}=="scsi_device", TEST=="block", ATTR{block/*/uevent}="change"',
]

/** As an image has it before anybody touched it: services of packages on, SELinux enforcing on Rocky. */
function fresh(os: (typeof layers)[number], name?: string): Node {
  const node = new Node(os, name)
  node.put('/etc/ssh/sshd_config', 'PermitRootLogin yes\n')
  node.put('/usr/sbin/sshd', '')
  node.put('/usr/lib/udev/rules.d/60-block.rules', blockRules.join('\n'))
  if (os === 'rocky-8') node.put('/sys/fs/selinux/enforce', '1')
  const unit = os === 'rocky-8' ? 'target.service' : 'rtslib-fb-targetctl.service'
  node.put(`/state/active/${unit}`, '')
  node.bash(`mkdir -p /etc/systemd/system/multi-user.target.wants
    ln -s /usr/lib/systemd/system/${unit} /etc/systemd/system/multi-user.target.wants/${unit}`)
  return node
}

describe.each(layers)('prepare-controller on %s', os => {
  const parameters = { array, name: 'star0001-ctl1', controllers }
  let controller: Node
  let first: Ran
  let commands: string[]
  beforeAll(() => {
    controller = fresh(os)
    first = controller.document('prepare-controller', parameters)
    commands = controller.commands()
  })

  it('does everything once', () => {
    expect(first.status, first.stderr).toBe(0)
    expect(first.report.changed.length).toBeGreaterThan(15)
    expect(first.report.os).toBe(os)
    expect(commands).toContainEqual(expect.stringMatching(/^systemctl start sshd?\.service iscsid\.service$/))
    const second = controller.document('prepare-controller', parameters)
    expect(second.report).toEqual({ ...first.report, changed: [] })
    expect(controller.commands()).toEqual([])
  })

  it('leaves the disks that are there alone when LUNs are added', () => {
    expect(controller.read('/etc/udev/rules.d/60-block.rules')).toBe(`${blockRules[0]}\n`)
    expect(commands).toContain('udevadm control --reload')
  })

  it('leaves the target to Pacemaker, and installs what changes it', () => {
    const firewall = os === 'rocky-8' ? 'firewalld.service' : 'nftables.service'
    const ssh = os === 'rocky-8' ? 'sshd.service' : 'ssh.service'
    expect(enabled(controller)).toEqual([firewall, 'iscsid.service', ssh].sort())
    const files = {
      '/usr/sbin/star-target': 'star-target',
      '/usr/lib/star/star_pool.py': 'star_pool.py',
    }
    for (const [path, file] of Object.entries(files)) {
      expect(mode(controller, path)).toBe(path.startsWith('/usr/lib') ? '644' : '755')
      expect(controller.read(path)).toBe(documentText('files', file).replace('os.uname()[1]', '"star0001-ctl1"'))
    }
  })

  it('keeps root out but by key, and reports public halves of keys that it made here', () => {
    const { report, stdout } = first
    expect(controller.read('/etc/ssh/sshd_config')).toBe(
      'PermitRootLogin prohibit-password\nPasswordAuthentication no\nPermitRootLogin yes\n',
    )
    expect(mode(controller, '/root/.ssh')).toBe('700')
    expect(mode(controller, '/root/.ssh/id_star')).toBe('600')
    for (const [key, path] of [
      ['sshKey', '/root/.ssh/id_star'],
      ['hostKey', '/etc/ssh/ssh_host_ed25519_key'],
    ] as const) {
      expect(report[key]).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]{68}$/)
      const of = execFileSync('ssh-keygen', ['-y', '-f', controller.path(path)], { encoding: 'utf8' })
      expect(of).toContain(report[key])
    }
    expect(stdout).not.toContain('PRIVATE')
  })

  it('lets LVM see the shared disks and nothing else', () => {
    const config = controller.read('/etc/lvm/lvmlocal.conf')
    expect(config).toContain('system_id_source = "uname"')
    const filters = [...config.matchAll(/(\w*filter) = \[ (.*) \]/g)].map(([, name, rules]) => [name, rules])
    const rules = '"a|^/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_.*|", "r|.*|"'
    expect(filters).toEqual([
      ['filter', rules],
      ['global_filter', rules],
    ])
  })
})

it.each(layers)('prepare-host on %s does everything once, and leaves a host that logs in by itself', os => {
  const host = fresh(os, 'instance-1')
  const initiator = 'iqn.2023-09.com.example:host1-initiator'
  const parameters = { name: 'instance-1', initiator, controllers }
  const first = host.document('prepare-host', parameters)
  expect(first.status, first.stderr).toBe(0)
  expect(first.report.os).toBe(os)
  expect(host.commands()).toEqual(expect.arrayContaining(['systemctl start iscsid.service']))
  expect(enabled(host)).toEqual(
    expect.arrayContaining([
      'iscsid.service',
      'multipathd.service',
      os === 'rocky-8' ? 'iscsi.service' : 'open-iscsi.service',
    ]),
  )
  expect(host.read('/etc/iscsi/initiatorname.iscsi')).toBe(`InitiatorName=${initiator}\n`)
  expect(host.read('/etc/iscsi/iscsid.conf')).toMatch(/^node\.startup = automatic$/m)
  expect(host.read('/etc/multipath.conf')).toBe(documentText('files/multipath.conf'))
  const second = host.document('prepare-host', parameters)
  expect(second.report).toEqual({ ...first.report, changed: [] })
  expect(host.commands()).toEqual([])
})
