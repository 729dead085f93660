/** A local cloud in memory, and commands that work on it, beside each other, until they end or are killed. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { useClients } from '../../functions/shared/clients.ts'
import { useClock } from '../../functions/shared/clock.ts'
import type { Operation } from '../../functions/shared/operations.ts'
import { virtualClock } from '../../infra/local/clock.ts'
import { openCloud } from '../../infra/local/cloud.ts'
import { handlerOf, loadHandlers } from '../../infra/local/definitions.ts'
import type { InstanceRecord } from '../../infra/local/ec2-records.ts'
import { type RunOptions, runWorkflow } from '../../infra/local/engine.ts'
import { startInBackground } from '../../infra/local/engine-background.ts'
import { contextOf, type Result } from '../../infra/local/engine-tasks.ts'
import { forgetGone } from '../../infra/local/forget.ts'
import { type MemoryMachine, memoryDriver, type Reply as NodeReply } from '../../infra/local/memory-driver.ts'
import { memoryStore } from '../../infra/local/memory-store.ts'
import { useWorkers } from '../../infra/local/process-mark.ts'
import { executionArn, executionOf, machineArn } from '../../infra/local/sfn.ts'
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
  work?: (document: string, machine: MemoryMachine, work: () => NodeReply) => NodeReply
  invoking?: RunOptions['invoking']
  starting?: RunOptions['starting']
}

/** Of a function that starts operations. */
interface Reply {
  answer: unknown
  /** It was refused, in these words. */
  failed(detail: string): Outcome
  /** How the operation ended that it started, or has started before. */
  of(id?: string): Outcome
}

export type World = ReturnType<typeof openWorld>

export function openWorld({
  onDocument = () => {},
  call = (_, answer) => answer(),
  work = (_, __, work) => work(),
  invoking,
  starting,
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
        const options = {
          signal: death,
          record: () => {},
          ...(invoking && { invoking }),
          ...(starting && { starting }),
        }
        return await runWorkflow(cloud, act.operation, act.input, options)
      },
      [...due, ...more],
    )
    const { effects } = command
    if (!result) return { act, status: 'KILLED', effects, cuts }
    const { executionArn: execution, ...end } = result
    return { act, execution, ...end, effects, cuts }
  }

  /** A function that starts operations is called, as AWS calls it; what it starts runs to its end. */
  async function enter(name: string, event: object): Promise<Reply | { outcome: Outcome }> {
    const handler = await handlerOf(name)
    for (const machine of ['add-luns', 'stop-array', 'start-array']) await loadHandlers(machine)
    const act: Act = { operation: 'inspect-array', input: {} }
    const { command, result } = await run(async ({ death }) => {
      useClients(cloud)
      useClock(cloud.clock.now)
      const options = { signal: death, record: () => {}, ...(invoking && { invoking }), ...(starting && { starting }) }
      const background = startInBackground(cloud, options)
      const call = async () => await handler(event, contextOf(name, name))
      const ended = await Promise.resolve(invoking ? invoking(name, call) : call()).then(
        answer => ({ answer }),
        (error: Error) => ({ error }),
      )
      await background.idle()
      return ended
    })
    const common = { act, effects: command.effects, cuts: [] }
    if (!result) return { outcome: { ...common, status: 'KILLED' } }
    const failed = (error: string, cause: string): Outcome => ({ ...common, status: 'FAILED', error, cause })
    if ('error' in result) return { outcome: failed(result.error.name, result.error.message) }
    return {
      answer: result.answer,
      failed: detail => failed(/^\w+(?=: )/.exec(detail)?.[0] ?? 'Unknown', detail),
      of(id = '') {
        const [machine = '', execution = ''] = id.split(':')
        if (!id) return { ...common, status: 'SUCCEEDED' }
        const { status, error, cause } = executionOf(cloud, executionArn(machine, execution))
        return {
          ...common,
          execution: executionArn(machine, execution),
          status: status as Outcome['status'],
          error,
          cause,
        } as Outcome
      },
    }
  }

  return {
    home,
    time,
    cloud,
    store,
    machines,
    nodes,
    act,
    enter,
    /** The one that asks. */
    command: live,
    /** What an undisturbed command answers. */
    ask: (operation: Operation, input: object) => act({ act: { operation, input: { ...input } }, troubles: [] }),
    close() {
      useWorkers()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
