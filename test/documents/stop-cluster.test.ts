/** The clean stop of a controller's cluster: in order, once, and with the cluster's own words where it hangs. */
import { describe, expect, it } from 'vitest'
import { Node } from './node.ts'

const bootId = /^[0-9a-f-]{36}$/

describe.each(['debian-12', 'rocky-8'] as const)('stop-cluster on %s', os => {
  function controller(...active: string[]): Node {
    const node = new Node(os)
    for (const unit of active) node.put(`/state/active/${unit}`, '')
    return node
  }

  it('stops Pacemaker before corosync, once, and leaves both to start with the next boot', () => {
    const node = controller('pacemaker.service', 'corosync.service')
    const wants = '/etc/systemd/system/multi-user.target.wants/pacemaker.service'
    node.put(wants, '')

    const { report } = node.document('stop-cluster')

    expect(report.changed).toEqual(['pacemaker.service stopped', 'corosync.service stopped'])
    expect(report.bootId).toMatch(bootId)
    expect(node.commands()).toEqual([
      'systemctl stop --no-block pacemaker.service',
      'systemctl stop --no-block corosync.service',
    ])
    expect(node.exists(wants)).toBe(true)
    expect(node.document('stop-cluster').report.changed).toEqual([])
    expect(node.commands()).toEqual([])
  })

  it('goes on where an earlier run was cut off between the two', () => {
    expect(controller('corosync.service').document('stop-cluster').report.changed).toEqual(['corosync.service stopped'])
  })

  it('shows what the cluster says of itself when Pacemaker does not stop in time', () => {
    const node = controller('corosync.service')
    node.put('/state/active/pacemaker.service', 'deactivating')
    node.put('/state/crm_mon.output', 'STARpool (ocf:star:STARpool): FAILED (blocked)\n')
    // Time passes quickly here, and systemctl stops nothing.
    node.put('/bin/slow', '#!/bin/sh\n[ "$1" = is-active ] || exit 0; echo deactivating; exit 3\n')
    node.bash(
      'rm /bin/systemctl; cp /bin/slow /bin/systemctl; chmod 755 /bin/systemctl'.replaceAll('/bin', node.path('/bin')),
    )
    const script = node.script('stop-cluster').replace('sleep 0.5', 'SECONDS=$((SECONDS + 100))')

    const { status, stderr } = node.bash(script)

    expect(status).toBe(1)
    expect(stderr).toContain('error: waited 300 s for pacemaker.service to stop')
    expect(stderr).toContain('STARpool (ocf:star:STARpool): FAILED (blocked)')
    expect(node.commands()).toContain('crm_mon --one-shot --inactive --failcounts')
  })
})
