/** The reference procedure from bare machines to all paths, run by script: in its order, and without a person's pauses. */
import { randomUUID } from 'node:crypto'
import type { Machines, Place as Node } from '../../array-faults/machines.ts'
import { waitFor } from '../../wait.ts'
import { booted, bootOf, connectHosts } from '../reference.ts'
import { base64, fileAsBase64, script } from '../script.ts'

export interface Step {
  name: string
  seconds: number
}

const INITIATOR = 'iqn.2023-09.com.example:host1-initiator'

/** `{}` as a request builds as many. */
export const LUNS = 6

/** Told as each of its steps ends. */
export async function buildByHand(machines: Machines, tell: (step: Step) => void): Promise<void> {
  const { array, controllers, hosts, run } = machines
  const [one, two] = controllers
  const by = (node: Node, name: string, parameters: Record<string, string>, seconds = 900) =>
    run(node, script(`by-hand/${name}.sh`, parameters), seconds)
  const timed = async (name: string, work: () => Promise<unknown>) => {
    const begun = Date.now()
    await work()
    tell({ name, seconds: (Date.now() - begun) / 1000 })
  }
  const password = randomUUID()
  const names = base64(controllers.map(({ address, name }) => `${address} ${name}\n`).join(''))

  await timed('both controllers: names, services, LVM, STARorbit', () =>
    Promise.all(
      controllers.map(node =>
        by(node, 'controller', { name: node.name, array, hosts: names, password, orbit: fileAsBase64('STARorbit') }),
      ),
    ),
  )
  await timed('one key for both', async () => {
    await by(one, 'trust', { partner: two.name })
    const key = (await run(one, 'base64 -w0 ~/.ssh/id_star')).trim()
    await by(two, 'trust', { partner: one.name, key })
  })
  await timed('pool and LUNs', () => by(one, 'pool', { count: String(LUNS) }))
  const target = { array, hosts: INITIATOR, lun: fileAsBase64('by-hand/lun.sh') }
  await timed('target of node 1', async () => {
    await by(one, 'target', { ...target, number: '1' })
    await by(one, 'copy', { partner: two.name, files: '/etc/star/lunlist /etc/target/saveconfig.json.active' })
  })
  await timed('target of node 2', async () => {
    await by(two, 'target', { ...target, number: '2', partner: one.address })
    await by(two, 'copy', { partner: one.name, files: '/etc/target/saveconfig.json.standby' })
  })
  const member = ({ name, address }: Node) => `${name}=${address}`
  await timed('cluster', () => by(one, 'cluster', { array, first: member(one), second: member(two), password }))
  await timed('reboot of node 2, then of node 1', async () => {
    await reboot(machines, two)
    await reboot(machines, one)
  })
  await timed('host, to all paths', async () => {
    for (const host of hosts) await run(host, `echo InitiatorName=${INITIATOR} >/etc/iscsi/initiatorname.iscsi`)
    await connectHosts(
      machines,
      Array.from({ length: LUNS }, (_, i) => `LUN${i}`),
    )
  })
}

/** The next one only once both are Online again. */
async function reboot(machines: Machines, node: Node): Promise<void> {
  const { run, fire } = machines
  const boot = await bootOf(machines, node)
  await fire(node, 'systemctl reboot')
  await booted(machines, node, boot)
  const online = `crm_mon --one-shot --output-as=xml | grep -c '<node .*online="true"'`
  await waitFor('both controllers to be Online', 240, async () => Number(await run(node, online)) === 2)
}
