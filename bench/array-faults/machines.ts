/** The machines of an array from below: what a cable, a switch and a rack's mains can do to them, past the cloud's commands. */

import { randomUUID } from 'node:crypto'
import { AttachVolumeCommand, DetachVolumeCommand, StartInstancesCommand } from '@aws-sdk/client-ec2'
import { findDisks, findNodes, type Node } from '../../functions/shared/picture.ts'
import { openLocal } from '../../infra/local/local.ts'
import { withGuestAgent } from '../../infra/local/machines/guest-agent.ts'
import { livingPid } from '../../infra/local/machines/process.ts'
import { machineFiles, serialOf, volumeFile } from '../../infra/local/machines/qemu.ts'
import { withQmp } from '../../infra/local/machines/qmp.ts'
import { runOnNode } from '../../infra/local/shell.ts'

export type Place = Pick<Node, 'name' | 'instanceId' | 'address'>
export type Machines = Awaited<ReturnType<typeof openMachines>>

const fileless = { document: 'shell', parameters: {} }

/** Of an array that is there. Names, addresses and disks stay what they are for as long as it lives. */
export async function openMachines(home: string, array: string) {
  const local = await openLocal({ home })
  const nodes = (await findNodes(array)).sort((a, b) => (a.name < b.name ? -1 : 1))
  const volumes = (await findDisks(array)).map(({ volumeId }) => volumeId)
  const { driver, cloud } = local
  const controllers: Place[] = nodes.filter(({ role }) => role === 'controller')
  const hosts: Place[] = nodes.filter(({ role }) => role === 'host')
  if (controllers.length !== 2 || volumes.length === 0) throw new Error(`${array} is not whole: ./star up`)

  const files = ({ instanceId }: Place) => machineFiles(home, instanceId)
  /** The process that is the machine, while it runs or hangs. */
  const pid = (place: Place) => livingPid(files(place).pid, place.instanceId)

  function signal(place: Place, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    const process_ = pid(place)
    if (process_ === undefined) throw new Error(`${place.name} is off`)
    process.kill(process_, name)
  }

  const qmp = <T>(place: Place, command: string, args?: object): Promise<T> =>
    withQmp(files(place).qmp, async ask => (await ask(command, args)) as T)

  /** Root on a node; its output. Throws where the command fails, or the node does not answer in time. */
  async function run(place: Place, line: string, timeoutSeconds = 60): Promise<string> {
    const late = AbortSignal.timeout(timeoutSeconds * 1000)
    const ran = await runOnNode(driver, place.instanceId, line, { timeoutSeconds, signal: late })
    if (ran.exitCode === 0) return ran.stdout
    throw new Error(`${place.name}: ${line}: exit ${ran.exitCode}\n${ran.stdout}${ran.stderr}`)
  }

  /** As `run`, for what the node does not survive: nobody waits for its end. */
  const fire = (place: Place, line: string) =>
    driver.send(place.instanceId, { commandId: randomUUID(), text: line, timeoutSeconds: 60, ...fileless })

  return {
    array,
    home,
    controllers: controllers as [Place, Place],
    hosts,
    volumes,
    disks: volumes.map(volume => volumeFile(home, volume)),
    pid,
    consoleLog: (place: Place) => files(place).consoleLog,
    signal,
    run,
    fire,
    other: (place: Place) => controllers.find(({ name }) => name !== place.name) as Place,

    /** Milliseconds to add to a node's clock for this computer's; wrong by no more than half the time that the quickest answer took. */
    clockOffset: (place: Place): Promise<number> =>
      withGuestAgent(files(place).agent, 30_000, async agent => {
        const answers: { took: number; offset: number }[] = []
        while (answers.length < 3) {
          const asked = Date.now()
          const nanoseconds = await agent('guest-get-time')
          const took = Date.now() - asked
          answers.push({ took, offset: asked + took / 2 - Number(nanoseconds) / 1e6 })
        }
        answers.sort((a, b) => a.took - b.took)
        return answers[0]?.offset ?? 0
      }),

    /** Writes that the machine has given to its shared disks since its QEMU began. */
    async diskWrites(place: Place): Promise<number> {
      const serials = new Set(volumes.map(serialOf))
      type Stats = { 'node-name'?: string; stats: { wr_operations: number } }[]
      const all = await qmp<Stats>(place, 'query-blockstats')
      return all
        .filter(disk => serials.has(disk['node-name'] ?? ''))
        .reduce((sum, { stats }) => sum + stats.wr_operations, 0)
    },

    /** Operations or bytes a second that a disk gives one machine; neither: as many as it can. */
    async throttle(place: Place, volume: string, limit: { iops?: number; bps?: number }): Promise<void> {
      const none = { iops: 0, iops_rd: 0, iops_wr: 0, bps: 0, bps_rd: 0, bps_wr: 0 }
      // A limit out of reach, and not none: taking it away makes QEMU wait for all that the disk still holds back, and both
      // machines once stood still for good in that moment.
      const most = limit.bps === undefined ? { iops: 1_000_000 } : {}
      await qmp(place, 'block_set_io_throttle', { id: `nvme-${serialOf(volume)}`, ...none, ...most, ...limit })
    },

    /** As somebody does it who presses the button: no cluster is asked. */
    async powerOn({ instanceId }: Place): Promise<void> {
      await cloud.ec2.send(new StartInstancesCommand({ InstanceIds: [instanceId] }))
    },

    /** As EC2 does it. Returns what attaches it again. */
    async detach(place: Place, VolumeId: string): Promise<() => Promise<void>> {
      const { instanceId: InstanceId } = place
      const { Device } = await cloud.ec2.send(new DetachVolumeCommand({ VolumeId, InstanceId }))
      return async () => {
        await cloud.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }))
      }
    },

    close: () => local.close(),
  }
}
