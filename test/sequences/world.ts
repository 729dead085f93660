/** A local cloud in memory, and commands that work on it, beside each other, until they end or are killed. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Operation } from '../../functions/shared/operations.ts'
import { virtualClock } from '../../infra/local/clock.ts'
import { openCloud } from '../../infra/local/cloud.ts'
import type { InstanceRecord } from '../../infra/local/ec2-records.ts'
import { type RunOptions, runWorkflow } from '../../infra/local/engine.ts'
import type { Result } from '../../infra/local/engine-tasks.ts'
import { forgetGone } from '../../infra/local/forget.ts'
import { type MemoryMachine, memoryDriver, type Reply } from '../../infra/local/memory-driver.ts'
import { memoryStore } from '../../infra/local/memory-store.ts'
import { useWorkers } from '../../infra/local/process-mark.ts'
import { machineArn } from '../../infra/local/sfn.ts'
import { composeDocuments } from '../../ssm-documents/compose.ts'
import { simulatedNodes } from '../statemachines/simulated-nodes.ts'
import { type Command, commands } from './commands.ts'
import { type Act, ARRAY, type Deed, type Trouble } from './sequence.ts'

const documents = composeDocuments()
const fast = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** How many effects an operation usually has. */
const usual: Partial<Record<Operation, number>> = {
  'provision-array': 400,
  'add-luns': 230,
  'reboot-nodes': 350,
  'failover-array': 110,
  'stop-array': 120,
  'start-array': 175,
  'schedule-array': 6,
  'enable-perfweb': 20,
  'teardown-array': 25,
}

export const effectsUntil = ({ operation }: Act, at: number) => Math.max(1, Math.round(at * (usual[operation] ?? 100)))

export interface Outcome {
  act: Act
  status: Result['status'] | 'KILLED'
  execution?: string
  output?: unknown
  error?: string
  cause?: string
  effects: number
  /** What came in its way, as it came: node names. */
  cuts: string[]
}

export interface WorldOptions {
  /** After each document, with the machine it ran on. */
  onDocument?: (document: string, machine: MemoryMachine) => void
  /** In place of each call of an SDK client: it lets the cloud answer, or not. `command` is who makes it. */
  call?: (call: { name: string; service: string }, answer: () => Promise<unknown>, command?: Command) => unknown
  /** In place of what each machine does with a document: it lets it work, or not. */
  work?: (document: string, machine: MemoryMachine, work: () => Reply) => Reply
  invoking?: RunOptions['invoking']
}

export type World = ReturnType<typeof openWorld>

export function openWorld({
  onDocument = () => {},
  call = (_, answer) => answer(),
  work = (_, __, work) => work(),
  invoking,
}: WorldOptions = {}) {
  Object.assign(process.env, {
    STAR_IMAGE_OWNER: 'self',
    STAR_IMAGE_NAME: 'star-node-debian-12-*',
    STAR_STATE_MACHINE_PREFIX: machineArn(''),
  })
  const home = mkdtempSync(join(fast, 'star-sequence-'))
  const time = virtualClock()
  const { run, workers, storeOf, driverOf, clockOf, live } = commands()
  useWorkers(workers)
  const nodes = simulatedNodes({
    now: time.now,
    machine: id => machines.machines.get(id),
    diskGiB: id => machines.disks.get(id) ?? 0,
  })
  const machines = memoryDriver({
    clock: time,
    bootMs: 20_000,
    reply(document, parameters, machine) {
      const reply = work(document, machine, () => nodes.reply(document, parameters, machine))
      onDocument(document, machine)
      return reply
    },
  })
  const store = memoryStore()
  const clock = clockOf(time)
  const cloud = openCloud({ home, store: storeOf(store), driver: driverOf(machines), documents, clock, eventual: true })
  for (const service of ['ec2', 'ssm', 'sfn', 'events'] as const) {
    const client = cloud[service]
    const send = client.send.bind(client) as (command: object) => Promise<unknown>
    Object.assign(client, {
      send: async (sent: object) => {
        const name = sent.constructor.name.replace(/Command$/, '')
        return await call({ name, service }, () => send(sent), live())
      },
    })
  }

  const cut = (place: number, cuts: string[]) => {
    const running = store
      .list<InstanceRecord>('instance')
      .filter(({ id, tags }) => tags['star:array'] === ARRAY && machines.machines.get(id)?.state === 'running')
    const victim = running[place % running.length]
    if (!victim) return
    cuts.push(victim.tags['star:node'] ?? '')
    machines.cut(victim.id)
  }

  /** A command: it opens the cloud, does this one thing, and ends. */
  async function act({ act, troubles }: Deed, more: [number, () => unknown][] = []): Promise<Outcome> {
    const cuts: string[] = []
    const due = troubles.map((trouble: Trouble): [number, (command: Command) => void] => [
      effectsUntil(act, trouble.at),
      command => (trouble.kind === 'kill' ? command.kill() : cut(trouble.node, cuts)),
    ])
    const { command, result } = await run(
      async ({ death }) => {
        forgetGone(cloud)
        const options = { signal: death, record: () => {}, ...(invoking && { invoking }) }
        return await runWorkflow(cloud, act.operation, act.input, options)
      },
      [...due, ...more],
    )
    const { effects } = command
    if (!result) return { act, status: 'KILLED', effects, cuts }
    const { executionArn: execution, ...end } = result
    return { act, execution, ...end, effects, cuts }
  }

  return {
    home,
    time,
    cloud,
    store,
    machines,
    nodes,
    act,
    /** What an undisturbed command answers. */
    ask: (operation: Operation, input: object) => act({ act: { operation, input: { ...input } }, troubles: [] }),
    close() {
      useWorkers()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
