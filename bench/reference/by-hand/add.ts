/** LUNs for an array of the reference that serves, as it would make them: a targetcli process for each object. */
import type { Machines } from '../../array-faults/machines.ts'
import { activeOf, allPaths } from '../reference.ts'
import { fileAsBase64, script } from '../script.ts'

/** Seconds until hosts have all of their paths. `there`: how many LUNs it has, named by their places. */
export async function addByHand(machines: Machines, there: number, count: number): Promise<number> {
  const { hosts, run, other } = machines
  const active = await activeOf(machines)
  const standby = other(active)
  // A targetcli process may take ten seconds.
  const most = 120 + 120 * count
  const added = { first: String(there), count: String(count), lun: fileAsBase64('by-hand/lun.sh') }
  const numberOf = ({ name }: { name: string }) => name.slice(-1)

  const begun = Date.now()
  await run(active, script('by-hand/add.sh', { ...added, number: numberOf(active) }), most)
  const copied = { partner: standby.name, files: '/etc/star/lunlist' }
  await run(active, script('by-hand/copy.sh', copied), 120)
  await run(standby, script('by-hand/add.sh', { ...added, number: numberOf(standby), through: 'yes' }), most)
  for (const host of hosts) await run(host, 'iscsiadm --mode session --rescan', 120)
  await allPaths(
    machines,
    Array.from({ length: there + count }, (_, i) => `LUN${i}`),
    120,
  )
  return (Date.now() - begun) / 1000
}
