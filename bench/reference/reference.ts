/** An array of the reference procedure, out of one that STAR has built: same machines, packages, pool and LUNs. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Machines, Place as Node } from '../array-faults/machines.ts'
import { longest, type Place, startWriters } from '../array-faults/trial.ts'
import { waitFor } from '../wait.ts'
import { fileAsBase64, script } from './script.ts'

export const bootOf = ({ run }: Machines, node: Node) => run(node, 'cat /proc/sys/kernel/random/boot_id')
export const booted = (machines: Machines, node: Node, before: string) =>
  waitFor(`${node.name} to have booted`, 300, async () => (await bootOf(machines, node)) !== before)

/** Returns how many seconds one of the questions takes that STARorbit puts to pcs. */
export async function becomeReference({ machines, luns }: Place): Promise<number> {
  const { controllers, hosts, run, fire } = machines
  const [first] = controllers
  for (const host of hosts) await run(host, 'iscsiadm --mode node --logoutall=all >/dev/null 2>&1; multipath -F; true')
  await Promise.all(controllers.map(node => run(node, 'systemctl stop pacemaker.service corosync.service', 240)))
  const iscsid = fileAsBase64('iscsid.conf')
  const boots = await Promise.all(controllers.map(node => bootOf(machines, node)))
  for (const node of controllers) {
    await run(node, script('controller.sh', { orbit: fileAsBase64('STARorbit'), iscsid }))
    await fire(node, 'systemctl reboot')
  }
  for (const [i, node] of controllers.entries()) await booted(machines, node, boots[i] ?? '')
  const online = `crm_mon --one-shot --output-as=xml | grep -c '<node .*online="true"'`
  await waitFor('both controllers to be Online', 240, async () => Number(await run(first, online)) === 2)
  await run(first, script('cluster.sh'), 120)
  await connectHosts(machines, luns)
  const asked = Date.now()
  await run(first, 'pcs resource status STARpool')
  return (Date.now() - asked) / 1000
}

/** Hosts of the reference: they log in to both controllers once both serve, and see each LUN through each. */
export async function connectHosts(machines: Machines, luns: string[]): Promise<void> {
  const { controllers, hosts, run } = machines
  for (const node of controllers) {
    const open = `timeout 5 bash -c ': <>/dev/tcp/${node.address}/3260'`
    await waitFor(`${node.name} to serve`, 400, async () => (await run(hosts[0] as Node, `${open} && echo yes`)) !== '')
  }
  const iscsid = fileAsBase64('iscsid.conf')
  const addresses = controllers.map(({ address }) => address).join(' ')
  for (const host of hosts) {
    // A login may reach a target that does not have every LUN yet.
    const complete = async () => {
      await run(host, script('host.sh', { controllers: addresses, iscsid }), 180)
      await allPaths(machines, luns, 40)
      return true
    }
    await waitFor(`${host.name} to have all paths`, 400, complete)
  }
}

/** Each LUN through each controller. */
export async function allPaths({ hosts, run }: Machines, luns: string[], seconds: number): Promise<void> {
  const count = "dmsetup status --target multipath | grep -Eo ' [0-9]+:[0-9]+ A ' | wc -l"
  const wanted = 2 * luns.length
  for (const host of hosts) {
    const all = async () => Number(await run(host, count)) === wanted
    await waitFor(`${wanted} active paths on ${host.name}`, seconds, all, 5)
  }
}

export interface Sample {
  /** Of any block, in seconds; tries that failed are part of it. */
  stall: number
  /** Seconds from the fault to that write's beginning; undefined: none was long, or not asked. */
  at?: number | undefined
  /** Writes that failed, acknowledged writes that are lost. */
  errors: number
  lost: number
  /** Seconds until all paths were back; undefined: not within six minutes. */
  back: number | undefined
  /** It did not go down by itself, and was switched off after five minutes. */
  hung?: boolean
}

/** Its ways to a change of roles: the power goes, and comes back when the other one has long taken over; or a reboot. */
export async function referenceTrial(place: Place, how: 'power cut' | 'reboot'): Promise<Sample> {
  const { machines, luns } = place
  const active = await activeOf(machines)
  const boot = await bootOf(machines, active)
  const writers = await startWriters(place, machines.hosts[0] as Node)
  await sleep(5_000)
  const begun = Date.now()
  if (how === 'reboot') {
    await machines.fire(active, 'systemctl reboot')
  } else {
    machines.signal(active, 'SIGKILL')
    await sleep(100_000)
    await machines.powerOn(active)
    await booted(machines, active, boot)
  }
  const hung = how === 'reboot' && (await hangs(machines, active, boot))
  const back = await allPaths(machines, luns, 360).then(
    () => Math.round((Date.now() - begun) / 1000),
    () => undefined,
  )
  const written = await Promise.all(writers.map(writer => writer.stop()))
  if (back === undefined) await mend(machines, luns)
  const sum = (of: (each: (typeof written)[number]) => number) => written.reduce((total, each) => total + of(each), 0)
  return {
    stall: longest(written),
    errors: sum(({ errors }) => errors.length),
    lost: sum(({ bad }) => bad.length),
    back,
    hung,
  }
}

/** Waits for its reboot; where it does not come, says what it is at, and does what an operator would do. */
async function hangs(machines: Machines, active: Node, boot: string): Promise<boolean> {
  if (
    await booted(machines, active, boot).then(
      () => true,
      () => false,
    )
  )
    return false
  const look =
    'systemctl list-jobs; crm_mon -1rf; ps -eo stat,wchan:32,args | grep ^D; tail -n 20 /var/log/STARorbit.log; true'
  console.log(await machines.run(active, look).catch(String))
  machines.signal(active, 'SIGKILL')
  await sleep(10_000)
  await machines.powerOn(active)
  await booted(machines, active, boot)
  return true
}

export async function activeOf({ controllers, run }: Machines): Promise<Node> {
  const [first] = controllers
  const said = await run(first, 'crm_resource --resource STARorbit --locate')
  const found = controllers.find(({ name }) => said.includes(`running on: ${name}`))
  if (!found) throw new Error(`nobody is ACTIVE: ${said}`)
  return found
}

/** What an operator would do whose STANDBY does not serve: tell it again. The next trial needs both. */
async function mend(machines: Machines, luns: string[]): Promise<void> {
  const standby = machines.other(await activeOf(machines))
  await machines.run(standby, '/etc/init.d/STARorbit stop; /etc/init.d/STARorbit start', 700)
  await allPaths(machines, luns, 360)
}
