/** What the cluster runs comes with the document that starts it. */
import { readlinkSync, statSync } from 'node:fs'
import { expect, it } from 'vitest'
import { documentText, Node } from './node.ts'

const controllers = 'star0001-ctl1=172.31.0.11,star0001-ctl2=172.31.0.12'

function ready(): Node {
  const node = new Node('debian-12')
  node.put('/state/active/pacemaker.service', '')
  node.put('/state/active/corosync.service', '')
  const online = ['star0001-ctl1', 'star0001-ctl2'].map(name => `<node name="${name}" online="true"/>\n`).join('')
  node.put('/state/crm_mon.output', online)
  node.serves()
  return node
}
const mode = (node: Node, path: string) => (statSync(node.path(path)).mode & 0o777).toString(8)

it('installs the agents and the STANDBY service, once, and the fence agent where there is a port to a power switch', () => {
  const node = ready()
  const { report } = node.document('start-cluster', { controllers })
  const agents = ['STARpool', 'STARorbit'].map(name => `/usr/lib/ocf/resource.d/star/${name}`)
  expect(report.changed).toEqual(expect.arrayContaining([...agents, '/usr/sbin/star-standby']))
  for (const path of agents) {
    expect(mode(node, path)).toBe('755')
    expect(node.read(path)).toBe(documentText('files', path.split('/').at(-1) as string))
  }
  expect(node.exists('/usr/sbin/fence_star')).toBe(false)
  expect(node.document('start-cluster', { controllers }).report.changed).toEqual([])

  node.put('/sys/class/virtio-ports/vport0p1/name', 'org.qemu.guest_agent.0\n')
  node.put('/sys/class/virtio-ports/vport0p2/name', 'star.power\n')
  expect(node.document('start-cluster', { controllers }).report.changed).toEqual(['/usr/sbin/fence_star'])
  expect(mode(node, '/usr/sbin/fence_star')).toBe('755')
})

it('where SBD has a disk, its daemon comes with the cluster and with the watchdog that is meant, once', () => {
  const node = ready()
  node.put('/sys/module/iTCO_wdt/refcnt', '0')
  node.put('/etc/default/sbd', 'SBD_DEVICE=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0\n')
  node.document('start-cluster', { controllers })
  expect(node.commands()).toEqual(expect.arrayContaining(['modprobe --remove iTCO_wdt', 'modprobe softdog']))
  for (const unit of ['corosync', 'pacemaker'])
    expect(readlinkSync(node.path(`/etc/systemd/system/${unit}.service.requires/sbd.service`))).toMatch(/sbd\.service$/)
  expect(node.document('start-cluster', { controllers }).report.changed).toEqual([])
})

it('told not to wait, ends once the cluster is started', () => {
  const node = new Node('debian-12')
  const { status, report } = node.document('start-cluster', { controllers, until: 'started' })
  expect(status).toBe(0)
  expect(report.changed.slice(-2)).toEqual(['corosync.service started', 'pacemaker.service started'])
})
