import { rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { useClients } from '../../functions/shared/clients.ts'
import { composeDocuments } from '../../ssm-documents/compose.ts'
import { type LocalCloud, openCloud } from './cloud.ts'
import type { MachineDriver } from './driver.ts'
import { region } from './ec2-network.ts'
import { type Result, type RunOptions, runWorkflow } from './engine.ts'
import { ensureImage, nodeImage } from './machines/image.ts'
import { qemuDriver } from './machines/qemu-driver.ts'
import { isServed } from './serving.ts'
import { machineArn } from './sfn.ts'

const root = join(import.meta.dirname, '..', '..')

/** The local cloud of this checkout, over QEMU machines. */
export interface Local {
  /** Where its state lies: machines, disks, records. */
  home: string
  driver: MachineDriver
  cloud: LocalCloud
  /** Runs a workflow in this process. */
  run(machine: string, input: unknown, options: RunOptions): Promise<Result>
  /** Builds the node image unless it is there. Takes minutes: a command that may need new machines does it first. */
  prepare(): Promise<void>
  /** Removes what the cloud keeps on disk, once nothing is left in it and nobody serves it: records, logs of workflows. */
  clear(): Promise<void>
  close(): Promise<void>
}

export interface LocalOptions {
  home?: string
  /** Where node images are kept, for all clouds. */
  images?: string
  /** Told when something takes long, as the first build of the image does. */
  say?: (line: string) => void
}

/** Opens it and puts its clients in the place of AWS's. */
export async function openLocal(options: LocalOptions = {}): Promise<Local> {
  const {
    home = process.env.STAR_HOME || join(root, '.star', 'cloud'),
    images = join(root, '.star', 'images'),
    say = (line: string) => console.error(`star: ${line}`),
  } = options
  const image = nodeImage(images)
  const driver = qemuDriver({ home, image })
  const cloud = openCloud({ home, driver, documents: composeDocuments(), image: image.name })
  // What AWS's deployment sets in the functions' environment.
  Object.assign(process.env, {
    STAR_IMAGE_OWNER: 'self',
    STAR_IMAGE_NAME: image.name,
    STAR_STATE_MACHINE_PREFIX: machineArn(''),
    STAR_NODE_PROFILE: `star-node-${region}`,
    STAR_EVENT_BUS: 'star',
  })
  useClients(cloud)
  let open = true
  const close = async () => {
    if (open) cloud.close()
    open = false
  }
  const clear = async () => {
    if (!cloud.isEmpty() || isServed(home)) return
    await close()
    // By name: STAR_HOME may be a folder that holds other things too.
    for (const name of [
      'state.db',
      'state.db-journal',
      'events.jsonl',
      'executions',
      'machines',
      'volumes',
      'images',
      'power-switch.log',
    ]) {
      await rm(join(home, name), { recursive: true, force: true })
    }
    await rmdir(home).catch(() => undefined)
  }
  const run: Local['run'] = (machine, input, options) => runWorkflow(cloud, machine, input, options)
  return { home, driver, cloud, run, prepare: () => ensureImage(image, say), clear, close }
}
