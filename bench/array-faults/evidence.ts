/** What is left to look at where a trial went wrong: each node's own account, and what the disks saw. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Place, Verdict } from './trial.ts'

const looks = [
  'crm_mon -1rf',
  'journalctl -b --no-pager -n 200 -u star-standby',
  'tail -n 500 /var/log/pacemaker/pacemaker.log',
  'tail -n 100 /var/log/corosync.log',
  'dmsetup table; dmsetup status',
  '/usr/sbin/star-target show',
  'multipath -ll',
  'dmesg | tail -n 80',
  'journalctl -b --no-pager -n 100 -u iscsid',
  'grep -c . /etc/iscsi/nodes/*/*/default',
]

/** The folder that it is in; it stays. */
export async function keepEvidence({ star, machines }: Place, name: string, verdict: Verdict): Promise<string> {
  const folder = join(tmpdir(), `star-evidence-${name}`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'verdict.json'), JSON.stringify(verdict, null, 1))
  const line = looks.map(look => `echo "## ${look}"; timeout 10 sh -c '${look}' 2>&1`).join('; ')
  await Promise.all(
    [...machines.controllers, ...machines.hosts].map(async place => {
      const said = await machines.run(place, `${line}; true`, 90).catch(String)
      writeFileSync(join(folder, `${place.name}.log`), said)
      copyFileSync(machines.consoleLog(place), join(folder, `${place.name}.console`))
    }),
  )
  try {
    copyFileSync(join(star.home, 'power-switch.log'), join(folder, 'power-switch.log'))
  } catch {
    // Nobody was fenced.
  }
  return folder
}
