import type { CommandInvocationStatus } from '@aws-sdk/client-ssm'
import type { ScriptResult } from './driver.ts'
import type { InstanceRecord } from './ec2-records.ts'
import type { Cloud } from './route.ts'
import { settleInstance } from './settle.ts'
import { online } from './ssm-instances.ts'
import type { Store } from './store.ts'

export interface CommandRecord {
  id: string
  document: string
  step: string
  comment: string
  parameters: Record<string, string>
  /** The script, until every machine has it. */
  text?: string | undefined
  runSeconds: number
  deliverySeconds: number
  requested: number
  invocations: Record<string, Invocation>
}

/** One command on one instance. */
export interface Invocation {
  status: CommandInvocationStatus
  details: string
  started?: number | undefined
  result?: { code: number; stdout: string; stderr: string; ended: number }
  unseen?: boolean | undefined
}

/** What GetCommandInvocation keeps of each output, in characters. */
const stdoutLimit = 24_000
const stderrLimit = 8_000

const isFinal = ({ status }: Invocation) => status !== 'Pending' && status !== 'InProgress'

export function changeInvocation(store: Store, id: string, instance: string, change: (now: Invocation) => void): void {
  store.transact(() => {
    const command = store.get<CommandRecord>('command', id)
    const invocation = command?.invocations[instance]
    if (command === undefined || invocation === undefined || isFinal(invocation)) return
    change(invocation)
    const waiting = Object.values(command.invocations).some(({ status }) => status === 'Pending')
    store.put('command', id, waiting ? command : { ...command, text: undefined })
  })
}

/** Hands the script over if the machine takes it now. A machine keeps a command it already has, so this can be repeated. */
export async function deliver(cloud: Cloud, id: string, instance: string): Promise<void> {
  const { store, driver, clock } = cloud
  const command = store.get<CommandRecord>('command', id)
  const machine = store.get<InstanceRecord>('instance', instance)
  if (command?.text === undefined || machine === undefined || !(await online(cloud, machine))) return
  const { text, document, parameters, runSeconds } = command
  try {
    await driver.send(instance, { commandId: id, text, timeoutSeconds: runSeconds, document, parameters })
  } catch {
    // The agent went away while it took the script: the command waits, as it does for a machine that is off.
    return
  }
  changeInvocation(store, id, instance, now => {
    if (now.status === 'Pending')
      Object.assign(now, { status: 'InProgress', details: 'InProgress', started: clock.now() })
  })
}

/** Brings one invocation up to date: delivers what waits, fetches what has ended, gives up what will never end. */
export async function look(cloud: Cloud, id: string, instance: string): Promise<void> {
  const { store, driver, clock } = cloud
  const command = store.get<CommandRecord>('command', id)
  const invocation = command?.invocations[instance]
  if (command === undefined || invocation === undefined || isFinal(invocation)) return
  const before = store.get<InstanceRecord>('instance', instance)
  if (before) await settleInstance(cloud, before)
  const state = store.get<InstanceRecord>('instance', instance)?.state ?? 'terminated'
  const end = (changes: Partial<Invocation>) =>
    changeInvocation(store, id, instance, now => Object.assign(now, changes))

  if (state === 'terminated') return end({ status: 'Failed', details: 'Undeliverable' })
  const pending = invocation.status === 'Pending'
  if (!pending && state === 'running') {
    const result = await driver.result(instance, id).catch((): ScriptResult => ({ state: 'InProgress' }))
    if (result.state === 'Ended') return end(outcome(result, clock.now()))
  }
  if (clock.now() >= deadline(command, invocation, state === 'running')) {
    return end({ status: 'TimedOut', details: 'DeliveryTimedOut' })
  }
  if (pending) await deliver(cloud, id, instance)
}

/** A script on a machine that runs has its own time to run; one on a machine that is off will not report any more. */
function deadline(
  { requested, deliverySeconds, runSeconds }: CommandRecord,
  { status }: Invocation,
  on: boolean,
): number {
  return requested + (deliverySeconds + (status === 'InProgress' && on ? runSeconds : 0)) * 1000
}

function outcome(result: Extract<ScriptResult, { state: 'Ended' }>, now: number): Partial<Invocation> {
  const { exitCode, stdout, timedOut, lost } = result
  const ended = (stderr: string, code: number) => ({
    code,
    stdout: cut(stdout, stdoutLimit),
    stderr: cut(stderr, stderrLimit),
    ended: now,
  })
  const failure = (why: string) =>
    `${result.stderr}${result.stderr === '' || result.stderr.endsWith('\n') ? '' : '\n'}${why}`
  if (lost) {
    const why = 'document process failed unexpectedly: the machine restarted while the script ran'
    return { status: 'Failed', details: 'Failed', result: ended(failure(why), exitCode === 0 ? 1 : exitCode) }
  }
  if (timedOut || exitCode === 137) {
    return { status: 'TimedOut', details: 'ExecutionTimedOut', result: ended(result.stderr, 137) }
  }
  // 168 ends a document as a success from within.
  if (exitCode === 0 || exitCode === 168)
    return { status: 'Success', details: 'Success', result: ended(result.stderr, 0) }
  const why = `failed to run commands: exit status ${exitCode}`
  return { status: 'Failed', details: 'Failed', result: ended(failure(why), exitCode) }
}

const cut = (text: string, limit: number) => {
  const mark = '\n---Output truncated---'
  return text.length <= limit ? text : text.slice(0, limit - mark.length) + mark
}
