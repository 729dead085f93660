/** A machine that becomes an image: all packages are in it, nothing of the machine itself, and its nodes install nothing. */
import { describe, expect, it } from 'vitest'
import { documentText, Node } from './node.ts'

const layers = ['debian-12', 'rocky-8'] as const
type Layer = (typeof layers)[number]
const controllers = 'star0001-ctl1=172.31.0.11,star0001-ctl2=172.31.0.12'

/** As it is after its first boot: with a name, keys and records of its own. */
function booted(os: Layer): Node {
  const node = new Node(os, 'star0001-ctl1')
  node.put('/etc/ssh/sshd_config', '')
  node.put('/etc/ssh/ssh_host_rsa_key', 'secret')
  node.put('/etc/ssh/ssh_host_rsa_key.pub', 'public')
  node.put('/etc/machine-id', '0123456789abcdef0123456789abcdef\n')
  node.put('/var/lib/systemd/random-seed', 'seed')
  node.put('/var/lib/cloud/instance', '')
  node.put('/usr/sbin/sshd', '')
  if (os === 'rocky-8') node.put('/sys/fs/selinux/enforce', '1')
  return node
}

describe.each(layers)('prepare-image on %s', os => {
  it('installs the packages of every role, and clears what is one machine’s own', () => {
    const node = booted(os)
    const { status, stderr, report } = node.document('prepare-image')
    expect(status, stderr).toBe(0)
    expect(report.os).toBe(os)
    const commands = node.commands()
    const installs = commands.filter(line => /^(dnf|apt-get) .*install/.test(line))
    expect(installs).toHaveLength(3)
    for (const name of os === 'rocky-8'
      ? ['pacemaker', 'sg3_utils', 'httpd']
      : ['pacemaker', 'sg3-utils', 'apache2-bin'])
      expect(installs.join(' ')).toContain(` ${name}`)
    expect(commands).toContain('cloud-init clean --logs')
    expect(commands.filter(line => line.includes('amazon-ssm-agent'))).toEqual([])
    expect(node.exists('/etc/ssh/ssh_host_rsa_key') || node.exists('/etc/ssh/ssh_host_rsa_key.pub')).toBe(false)
    expect(node.exists('/var/lib/systemd/random-seed')).toBe(false)
    expect(node.read('/etc/machine-id')).toBe('')
    if (os === 'rocky-8') expect(commands).toContain('grubby --update-kernel=ALL --args=selinux=0')
  })

  it('leaves the rest to the moment when the agent is gone, by a unit that no image holds', () => {
    const node = booted(os)
    node.document('prepare-image')
    expect(node.commands().slice(-2)).toEqual(['systemctl daemon-reload', 'systemctl start star-clean.service'])
    expect(node.exists('/run/systemd/system/star-clean.service')).toBe(true)
    const unit = documentText('files/star-clean.service')
    expect(unit).toMatch(/^Before=amazon-ssm-agent\.service /m)
    expect(unit).toMatch(/^ExecStop=.*\/var\/lib\/amazon\/ssm\//m)
  })

  it('does everything once, and again what a boot has made anew', () => {
    const node = booted(os)
    node.document('prepare-image')
    node.bash('rm /var/lib/cloud/instance')
    node.commands()
    const second = node.document('prepare-image')
    expect(second.report.changed).toEqual([])
    expect(node.commands()).toEqual([])
    node.put('/etc/ssh/ssh_host_rsa_key', 'another')
    expect(node.document('prepare-image').report.changed).toEqual(['/etc/ssh/ssh_host_rsa_key removed'])
  })

  it('leaves nothing for its nodes to install, whatever their role', () => {
    const node = booted(os)
    node.document('prepare-image')
    node.commands()
    const name = 'instance-1'
    const host = { name, initiator: 'iqn.2023-09.com.example:host1-initiator', controllers }
    const runs = [
      node.document('prepare-controller', { array: 'star0001', name: 'star0001-ctl1', controllers }),
      node.document('prepare-host', host),
    ]
    for (const { status, stderr, report } of runs) {
      expect(status, stderr).toBe(0)
      expect(report.changed.filter(what => what.startsWith('packages'))).toEqual([])
    }
    const commands = node.commands()
    expect(commands.filter(line => /^(dnf|apt-get|grubby)/.test(line))).toEqual([])
    expect(commands.length).toBeGreaterThan(3)
  })
})
