/** serve-perfweb on nodes of both systems: what it leaves behind, once, and that no password is anywhere. */
import { statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Node } from './node.ts'

const units = [
  'sysstat-collect.timer',
  'star-perfweb-sample.service',
  'star-perfweb-render.timer',
  'star-perfweb.service',
]
const initiator = 'iqn.2023-09.com.example:host1-initiator'
const controllers = 'star0001-ctl1=172.31.0.11,star0001-ctl2=172.31.0.12'
const systems = {
  'debian-12': {
    sa1: '/usr/lib/sysstat/sa1',
    user: 'www-data',
    httpd: '/usr/sbin/apache2',
    firewall: ['/etc/nftables.conf', 'tcp dport 80 accept'],
  },
  'rocky-8': {
    sa1: '/usr/lib64/sa/sa1',
    user: 'apache',
    httpd: '/usr/sbin/httpd',
    firewall: ['/etc/firewalld/zones/public.xml', '<port protocol="tcp" port="80"/>'],
  },
} as const
type Os = keyof typeof systems

function served(os: Os) {
  const node = new Node(os, 'instance-1')
  node.put('/usr/sbin/sshd', '')
  node.document('prepare-host', { name: 'instance-1', initiator, controllers })
  node.commands()
  const first = node.document('serve-perfweb')
  expect(first.status, first.stderr).toBe(0)
  return { node, first, commands: node.commands() }
}

describe.each(Object.keys(systems) as Os[])('serve-perfweb on %s', os => {
  const { sa1, user, httpd, firewall } = systems[os]

  it('starts collector, drawing and web server, for now and after a reboot, once', () => {
    const { node, first, commands } = served(os)
    expect(commands).toContain(`chown root:${user} ${'/etc/star/perfweb.digest.new'}`)
    expect(commands.filter(line => /start|stop|reload/.test(line) && !/nftables|firewall/.test(line))).toEqual([
      'systemctl daemon-reload',
      `systemctl stop ${units.join(' ')}`,
      `systemctl start ${['sysstat.service', ...units].join(' ')}`,
    ])
    const enabled = node.bash('ls /etc/systemd/system/multi-user.target.wants').stdout.split('\n')
    expect(enabled).toEqual(expect.arrayContaining(['sysstat.service', ...units]))
    expect(node.read('/etc/star/perfweb')).toContain(`STAR_HTTPD=${httpd}\n`)

    const second = node.document('serve-perfweb')
    expect(second.report).toEqual({ ...first.report, changed: [] })
    expect(node.commands()).toEqual([])
  })

  it('collects each 30 seconds: sysstat’s timer each minute, two samples each time', () => {
    const { node } = served(os)
    const dropIn = (unit: string) => node.read(`/etc/systemd/system/${unit}.d/star.conf`)
    expect(dropIn('sysstat-collect.timer')).toMatch(/^OnCalendar=\nOnCalendar=\*:\*:00$/m)
    expect(dropIn('sysstat-collect.service')).toBe(`[Service]\nExecStart=\nExecStart=${sa1} 30 2\n`)
  })

  it('opens port 80, and a host that is prepared again keeps it open', () => {
    const { node } = served(os)
    const [file, rule] = firewall
    expect(node.read(file)).toContain(rule)
    const again = node.document('prepare-host', { name: 'instance-1', initiator, controllers })
    expect(again.report.changed).toEqual([])
    expect(node.read(file)).toContain(rule)
  })

  it('makes no password: the file of digests is empty, for the web server’s group to read, and is left alone later', () => {
    const { node } = served(os)
    const digest = node.path('/etc/star/perfweb.digest')
    expect((statSync(digest).mode & 0o777).toString(8)).toBe('640')
    expect(node.read('/etc/star/perfweb.digest')).toBe('')
    node.put('/etc/star/perfweb.digest', 'perfweb:milky way:0\n')
    node.document('serve-perfweb')
    expect(node.read('/etc/star/perfweb.digest')).toBe('perfweb:milky way:0\n')
  })

  it('puts a file right, and starts everything anew where what runs came from other files', () => {
    const { node } = served(os)
    node.put('/usr/sbin/star-perfweb-render', 'by hand\n')
    expect(node.document('serve-perfweb').report.changed).toEqual(['/usr/sbin/star-perfweb-render'])
    node.commands()
    // As an earlier version leaves it, or a run that was cut off before its end.
    node.put('/etc/star/perfweb.print', 'another\n')
    expect(node.document('serve-perfweb').report.changed).toEqual([
      ...units.map(unit => `${unit} started`),
      '/etc/star/perfweb.print',
    ])
    expect(node.commands()).toContain('systemctl daemon-reload')
  })
})
