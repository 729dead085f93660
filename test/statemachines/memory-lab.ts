/** A local cloud in memory with nodes that answer documents, and the means to break it at any call. Whoever opens it closes it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { virtualClock } from '../../infra/local/clock.ts'
import { type CloudOptions, type LocalCloud, openCloud } from '../../infra/local/cloud.ts'
import { region } from '../../infra/local/ec2-network.ts'
import { type ProgressEvent, type RunOptions, runWorkflow } from '../../infra/local/engine.ts'
import { type MemoryMachine, type MemoryOptions, memoryDriver, type Reply } from '../../infra/local/memory-driver.ts'
import { machineArn } from '../../infra/local/sfn.ts'
import { composeDocuments } from '../../ssm-documents/compose.ts'
import { simulatedNodes } from './simulated-nodes.ts'

/** In memory where there is such a place: the cloud writes everything down, and here nobody needs it tomorrow. */
const fast = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** What a call of an SDK client does instead: throw, answer, or (undefined) what it always does. */
export type Fault = (input: Record<string, unknown>, count: number) => unknown

export interface LabOptions {
  /** By command, such as `RunInstances`. `count` is 1 for the first call. */
  faults?: Record<string, Fault>
  /** By function: what it throws is how Lambda itself fails. */
  crashes?: Record<string, () => void>
  /** By document; undefined lets the node answer as usual. */
  replies?: Record<string, (machine: MemoryMachine, count: number) => Reply | undefined>
  driver?: Partial<MemoryOptions>
  cloud?: Partial<CloudOptions>
}

export function openMemoryLab({
  faults = {},
  crashes = {},
  replies = {},
  driver = {},
  cloud: options = {},
}: LabOptions = {}) {
  Object.assign(process.env, {
    STAR_IMAGE_OWNER: 'self',
    STAR_IMAGE_NAME: 'star-node-debian-12-*',
    STAR_STATE_MACHINE_PREFIX: machineArn(''),
    STAR_NODE_PROFILE: `star-node-${region}`,
    STAR_EVENT_BUS: 'star',
  })
  const home = mkdtempSync(join(fast, 'star-lab-'))
  const clock = virtualClock()
  const nodes = simulatedNodes({
    now: clock.now,
    machine: id => machines.machines.get(id),
    diskGiB: id => machines.disks.get(id) ?? 0,
  })
  const counts = new Map<string, number>()
  const count = (name: string) => {
    counts.set(name, (counts.get(name) ?? 0) + 1)
    return counts.get(name) as number
  }
  const machines = memoryDriver({
    clock,
    bootMs: 20_000,
    ...driver,
    reply: (document, parameters, machine) =>
      replies[document.replace('STAR-', '')]?.(machine, count(document)) ?? nodes.reply(document, parameters, machine),
  })
  const documents = composeDocuments()
  const cloud = openCloud({ home, driver: machines, documents, clock, eventual: true, ...options })
  for (const client of [cloud.ec2, cloud.ssm, cloud.sfn, cloud.events]) breakable(client, faults, count)
  const close = () => {
    cloud.close()
    rmSync(home, { recursive: true, force: true })
  }

  const events: ProgressEvent[] = []
  const run = (machine: string, input: unknown, options: RunOptions = {}) =>
    runWorkflow(cloud, machine, input, {
      ...options,
      async invoking(name, answer) {
        crashes[name]?.()
        return await (options.invoking?.(name, answer) ?? answer())
      },
      onEvent(event) {
        events.push(event)
        options.onEvent?.(event)
      },
    })
  return { home, clock, cloud, machines, nodes, events, counts, run, close }
}

function breakable(
  client: LocalCloud['ec2' | 'ssm' | 'sfn' | 'events'],
  faults: Record<string, Fault>,
  count: (name: string) => number,
) {
  const real = client.send.bind(client) as (command: unknown) => Promise<unknown>
  const send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    const name = command.constructor.name.replace(/Command$/, '')
    const calls = count(name)
    return (await faults[name]?.(command.input, calls)) ?? (await real(command))
  }
  Object.assign(client, { send })
}

export type Lab = ReturnType<typeof openMemoryLab>
