import { constants, existsSync, mkdirSync, rmSync } from 'node:fs'
import { copyFile, rename, truncate, writeFile } from 'node:fs/promises'
import type { MachineDriver, Script, ScriptResult } from '../driver.ts'
import { type GuestAgent, readGuestFile, withGuestAgent } from './guest-agent.ts'
import type { NodeImage } from './image.ts'
import { network } from './network.ts'
import { powerSwitch } from './power-switch.ts'
import { until } from './process.ts'
import {
  blockNode,
  cutPower,
  imageFiles,
  machineFiles,
  nvmeDevice,
  runs,
  serialOf,
  startQemu,
  volumeFile,
} from './qemu.ts'
import { type Qmp, withQmp } from './qmp.ts'

const agentFolder = '/var/lib/star-agent'
/** What is read of each output: all that a person may look at. What GetCommandInvocation keeps of it is the model's business. */
const outputLimit = 1_048_576

/** Runs EC2 instances as QEMU machines below `home`; nothing outlives a command but these processes and files. */
export function qemuDriver({ home, image }: { home: string; image: NodeImage }): MachineDriver {
  const net = network(home)
  const power = powerSwitch(home, image.folder)
  const filesOf = (id: string) => machineFiles(home, id)

  return {
    async start(machine) {
      if (runs(filesOf(machine.id), machine.id)) return
      mkdirSync(home, { recursive: true })
      await net.start()
      await startQemu(home, machine, image, net.socket)
      if (machine.switched) await power.start()
    },

    async state(id) {
      const files = filesOf(id)
      if (runs(files, id)) return 'running'
      return existsSync(files.root) ? 'stopped' : 'absent'
    },

    async stop(id, { force }) {
      const files = filesOf(id)
      if (!force && runs(files, id)) {
        try {
          await withGuestAgent(files.agent, 5_000, agent => powerDown(agent, 'powerdown'))
          await until(() => !runs(files, id), 90_000, `${id} to shut down`)
        } catch {
          // EC2 does the same: a guest that does not shut down in time is switched off.
        }
      }
      await cutPower(files, id)
    },

    async reboot(id) {
      await withGuestAgent(filesOf(id).agent, 5_000, agent => powerDown(agent, 'reboot'))
    },

    async destroy(id) {
      const files = filesOf(id)
      await cutPower(files, id)
      rmSync(files.folder, { recursive: true, force: true })
    },

    async saveImage(id, imageId) {
      const [machine, { folder }] = [filesOf(id), imageFiles(home, imageId)]
      if (runs(machine, id)) throw new Error(`${id} is not off`)
      const made = imageFiles(home, `${imageId}.new`)
      rmSync(made.folder, { recursive: true, force: true })
      mkdirSync(made.folder, { recursive: true })
      // What the machine wrote, on top of the node image as before: machines made of it stand on the node image too.
      await copyFile(machine.root, made.root, constants.COPYFILE_FICLONE)
      await copyFile(machine.image, made.image)
      rmSync(folder, { recursive: true, force: true })
      await rename(made.folder, folder)
    },

    async removeImage(imageId) {
      rmSync(imageFiles(home, imageId).folder, { recursive: true, force: true })
    },

    async createDisk(volumeId, sizeGiB) {
      mkdirSync(`${home}/volumes`, { recursive: true })
      const file = volumeFile(home, volumeId)
      if (existsSync(file)) return
      await writeFile(file, '', { mode: 0o600 })
      await truncate(file, sizeGiB * 1024 ** 3)
    },

    async deleteDisk(volumeId) {
      rmSync(volumeFile(home, volumeId), { force: true })
    },

    async plug(id, volumeId) {
      await withQmp(filesOf(id).qmp, async qmp => {
        const devices = (await qmp('qom-list', { path: '/machine/peripheral' })) as Array<{ name: string }>
        if (devices.some(device => device.name === `nvme-${serialOf(volumeId)}`)) return
        const nodes = (await qmp('query-named-block-nodes')) as Array<{ 'node-name': string }>
        if (!nodes.some(node => node['node-name'] === serialOf(volumeId))) {
          await qmp('blockdev-add', blockNode(home, volumeId))
        }
        await qmp('device_add', nvmeDevice(volumeId, firstFree(await usedPorts(qmp, devices))))
      })
    },

    async unplug(id, volumeId) {
      const serial = serialOf(volumeId)
      await withQmp(filesOf(id).qmp, async qmp => {
        const plugged = async () =>
          ((await qmp('qom-list', { path: '/machine/peripheral' })) as Array<{ name: string }>).some(
            device => device.name === `nvme-${serial}`,
          )
        if (await plugged()) {
          await qmp('device_del', { id: `nvme-${serial}` })
          await until(async () => !(await plugged()), 30_000, `${id} to let go of ${volumeId}`)
        }
        // The device is gone from sight a moment before QEMU lets go of its disk.
        await until(() => withoutNode(qmp, serial), 10_000, `QEMU to close ${volumeId}`)
      })
    },

    async ping(id) {
      const files = filesOf(id)
      if (!runs(files, id)) return false
      try {
        return await withGuestAgent(files.agent, 2_500, async () => true)
      } catch {
        return false
      }
    },

    async send(id, script) {
      await withGuestAgent(filesOf(id).agent, 20_000, async agent => {
        const started = (await agent('guest-exec', handOver(script))) as { pid: number }
        await until(async () => exited(await agent('guest-exec-status', started)), 30_000, `${id} to take a command`)
      })
    },

    async result(id, commandId): Promise<ScriptResult> {
      return withGuestAgent(filesOf(id).agent, 5_000, async agent => {
        const folder = `${agentFolder}/${commandId}`
        const result = await readGuestFile(agent, `${folder}/result`, 100)
        if (result === undefined) return { state: 'InProgress' }
        // What the agent had not handed on when the machine went down is gone.
        if (result.startsWith('lost')) {
          return { state: 'Ended', exitCode: -1, stdout: '', stderr: '', timedOut: false, lost: true }
        }
        const stdout = (await readGuestFile(agent, `${folder}/stdout`, outputLimit)) ?? ''
        const stderr = (await readGuestFile(agent, `${folder}/stderr`, outputLimit)) ?? ''
        const exitCode = Number(/^exit (\d+)/.exec(result)?.[1] ?? -1)
        return { state: 'Ended', exitCode, stdout, stderr, timedOut: exitCode === 137, lost: false }
      })
    },

    async forget(id, commandId) {
      const remove = { path: '/bin/rm', arg: ['-rf', `${agentFolder}/${commandId}`] }
      await withGuestAgent(filesOf(id).agent, 5_000, async agent => {
        await agent('guest-exec', remove)
      })
    },

    async close() {
      await power.stop()
      await net.stop()
    },
  }
}

function handOver(script: Script) {
  return {
    path: '/usr/local/lib/star-agent/run',
    arg: [script.commandId, String(script.timeoutSeconds)],
    'input-data': Buffer.from(script.text).toString('base64'),
  }
}

function exited(status: unknown): boolean {
  const { exited: done, exitcode } = status as { exited: boolean; exitcode?: number }
  if (done && exitcode !== 0) throw new Error(`the node's agent did not take the command: exit ${exitcode}`)
  return done
}

/** guest-shutdown has no answer when it works. */
async function powerDown(agent: GuestAgent, mode: string) {
  try {
    await agent('guest-shutdown', { mode }, 3_000)
  } catch (error) {
    if (!/no answer|closed/.test(String(error))) throw error
  }
}

/** True once QEMU has no such block node; takes it away unless something still uses it. */
async function withoutNode(qmp: Qmp, name: string): Promise<boolean> {
  const nodes = (await qmp('query-named-block-nodes')) as Array<{ 'node-name': string }>
  if (!nodes.some(node => node['node-name'] === name)) return true
  try {
    await qmp('blockdev-del', { 'node-name': name })
    return true
  } catch (error) {
    if (/in use/.test(String(error))) return false
    throw error
  }
}

/** Root ports that hold a volume, by the buses of the devices themselves: the guest may not have looked yet. */
async function usedPorts(qmp: Qmp, devices: Array<{ name: string }>): Promise<Set<string>> {
  const disks = devices.filter(device => device.name.startsWith('nvme-'))
  const buses = await Promise.all(
    disks.map(disk => qmp('qom-get', { path: `/machine/peripheral/${disk.name}`, property: 'parent_bus' })),
  )
  return new Set(buses.map(bus => String(bus).split('/').at(-1) ?? ''))
}

function firstFree(used: Set<string>): number {
  for (let n = 0; n < 16; n++) if (!used.has(`port${n}`)) return n
  throw new Error('no free slot for another volume: a machine has 16')
}
