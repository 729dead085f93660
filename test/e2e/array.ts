/** An array is built on machines, killed and completed, looked at, run again, and has another one beside it for a while. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { handler as planDocuments } from '../../functions/plan-documents.ts'
import { handler as planTarget } from '../../functions/plan-target.ts'
import { handler as planTrust } from '../../functions/plan-trust.ts'
import { type Documents, inspection } from '../../functions/shared/documents.ts'
import { findNodes } from '../../functions/shared/picture.ts'
import { acceptRequest } from '../../functions/shared/request.ts'
import type { Run } from '../../functions/shared/shapes.ts'
import { runWorkflow } from '../../infra/local/engine.ts'
import { openLocal } from '../../infra/local/local.ts'
import { home, inspect, killAt, onNode, processes, star, starOk } from './star.ts'

const lab = {
  array: 'lab-b',
  disks: { count: 3, size: '8G' },
  luns: [
    { size: '1G', count: 3 },
    { size: '512M', count: 2 },
    { name: 'BIG', size: '2052M' },
    { name: 'small', size: '4M' },
  ],
  hosts: [{ name: 'host-a' }, { name: 'host-b', luns: ['BIG', 'small', 'LUN0'] }],
}

/** What must not change when nothing is to be done: identities, configuration, boots. */
async function fingerprint(array: string): Promise<string[]> {
  const files = '/etc/star/* /etc/target/* /etc/corosync/* /etc/lvm/lvmlocal.conf /etc/iscsi/* /root/.ssh/*'
  const found = []
  for (const node of (await inspect(array)).nodes) {
    const sums = node.role === 'controller' ? `sha256sum ${files}` : 'sha256sum /etc/multipath.conf /etc/iscsi/*.conf'
    found.push(
      `${node.instanceId} ${node.report?.bootId} ${await onNode(array, node.name, `${sums} 2>/dev/null; true`)}`,
    )
  }
  return found
}

/** Leaves star0001 built and healthy, as `star up` makes it. `long`: its host is rebooted, and another array is built beside it. */
export function arrayTests({ long }: { long: boolean }): void {
  describe('star up', () => {
    it('refuses what cannot be built before anything is made', async () => {
      const { status, stderr } = await star('up', '--luns', '7', '--lun-size', '3G')
      expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringMatching(/luns.*pool/s) })
      expect(processes()).toEqual([])
    })

    it('completes what was killed at three different steps', async () => {
      await killAt(/create-resources .*done/, 'up') // machines boot
      await killAt(/trust-partner .*done[\s\S]*trust-partner .*done/, 'up') // the pool is made
      await killAt(/configure-target .*done/, 'up') // the cluster starts
      expect(await starOk('up')).toContain('star0001 is up')
    })

    it('shows 2 controllers, 1 host, 6 LUNs and 12 of 12 paths, and multipath agrees', async () => {
      expect(await starOk('status')).toMatch(/2 controllers, 1 host, 6 LUNs, 12 of 12 paths/)
      const seen = await onNode('star0001', 'instance-1', 'multipath -ll')
      expect(seen.match(/active ready running/g)).toHaveLength(12)
      expect(seen.match(/LIO-ORG,STAR-LUN\d/g)).toHaveLength(6)
      expect(seen.match(/prio=50 status=active[\s\S]*?prio=10 status=enabled/g)).toHaveLength(6)
    })

    it('changes nothing on a healthy array, and says so', async () => {
      const before = await fingerprint('star0001')
      expect(await starOk('up')).toContain('nothing was changed')
      expect(await fingerprint('star0001')).toEqual(before)
    })

    it('has documents that change nothing when they run again', async () => {
      const local = await openLocal({ home })
      try {
        const request = acceptRequest({ array: 'star0001' })
        const plan = (await planDocuments({ request }, {} as never)) as Documents
        const nodes = await findNodes('star0001')
        const looks: Run[] = nodes.map(node => inspection(node))
        /** One on each node; what is in them, with its report. */
        const again = async (runs: Run[]) => {
          const done = await runWorkflow(local.cloud, 'run-documents', { runs })
          const { outcomes } = done.output as { outcomes: { report: { changed: string[] } }[] }
          const told = runs.map(({ document, node }, i) => ({ document, node, changed: outcomes[i]?.report.changed }))
          expect(told).toEqual(runs.map(({ document, node }) => ({ document, node, changed: [] })))
          return runs.map((run, i) => ({ ...run, report: outcomes[i]?.report }))
        }
        const { prepareControllers, prepareHosts, createPool, formCluster, startCluster, attachHosts } = plan
        const outcomes = await again(prepareControllers)
        const { runs: trust } = (await planTrust({ request, outcomes }, {} as never)) as { runs: Run[] }
        await again([...trust, ...prepareHosts])
        const [pool] = await again([createPool])
        const { run: target } = (await planTarget({ request, createPool, report: pool?.report }, {} as never)) as {
          run: Run
        }
        for (const runs of [[target], [formCluster], startCluster, attachHosts, looks]) await again(runs)
      } finally {
        await local.close()
      }
    })

    it.runIf(long)('keeps data through a reboot of the host, which comes back with all its paths', async () => {
      const write =
        'mkfs.ext4 -q $d && mount $d /mnt && head -c 8M /dev/urandom >/mnt/data && sha256sum </mnt/data && umount /mnt'
      const lun = 'd=/dev/mapper/$(multipath -ll | awk "/STAR-LUN3/ { print \\$1 }")'
      const written = await onNode('star0001', 'instance-1', `set -e; ${lun}; ${write}`)
      const before = (await inspect('star0001')).nodes.find(node => node.name === 'instance-1')?.report?.bootId
      await star('shell', 'instance-1', '--', 'systemctl reboot')
      await expect
        .poll(
          async () => {
            const { healthy, nodes } = await inspect('star0001')
            return healthy && nodes.find(node => node.name === 'instance-1')?.report?.bootId !== before
          },
          { timeout: 240_000, interval: 3_000 },
        )
        .toBe(true)
      expect(
        await onNode('star0001', 'instance-1', `${lun}; mount $d /mnt && sha256sum </mnt/data && umount /mnt`),
      ).toBe(written)
    })

    if (!long) return
    it('builds another array beside the first one, without touching it', async () => {
      const before = await fingerprint('star0001')
      const file = join(home, 'lab-b.json')
      writeFileSync(file, JSON.stringify(lab))
      expect(await starOk('up', file)).toMatch(/lab-b: healthy: 2 controllers, 2 hosts, 7 LUNs, 20 of 20 paths/)
      const { disks } = await inspect('lab-b')
      expect(disks).toHaveLength(3)
      expect((await inspect('star0001')).healthy).toBe(true)
      expect(await fingerprint('star0001')).toEqual(before)
    })

    it('is removed, and the first one is left', async () => {
      expect(await starOk('down', '--array', 'lab-b', '--yes')).toContain('lab-b is gone')
      expect((await inspect('star0001')).healthy).toBe(true)
      rmSync(join(home, 'lab-b.json'))
    })
  })
}
