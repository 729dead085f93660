import { randomUUID } from 'node:crypto'
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandInput,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type ExecutionStatus,
  InvalidExecutionInput,
  InvalidName,
  ListExecutionsCommand,
  type ListExecutionsCommandInput,
  ListStateMachinesCommand,
  type ListStateMachinesCommandInput,
  StartExecutionCommand,
  type StartExecutionCommandInput,
  StateMachineDoesNotExist,
  StopExecutionCommand,
  type StopExecutionCommandInput,
} from '@aws-sdk/client-sfn'
import { isExpress, machineNames } from '../definitions.ts'
import { account, region } from './ec2-network.ts'
import { refused } from './errors.ts'
import { isAlive, ownMark } from './process-mark.ts'
import { type Cloud, type Route, route } from './route.ts'
import type { Store } from './store.ts'

/**
 * Executions of workflows, as Step Functions tells about them. The engine runs inside the command that started it and
 * writes down here what it starts and how it ended; an execution whose process is gone reads as ABORTED.
 */
export interface ExecutionRecord {
  arn: string
  machine: string
  name: string
  status: ExecutionStatus
  worker: string
  /** JSON text, as Step Functions has it. */
  input: string
  output?: string | undefined
  error?: string | undefined
  cause?: string | undefined
  started: number
  ended?: number | undefined
  /** Somebody asked for its end by StopExecution. */
  stop?: { error?: string | undefined; cause?: string | undefined } | undefined
}

export const machineArn = (machine: string) => `arn:aws:states:${region}:${account}:stateMachine:${machine}`
export const executionArn = (machine: string, name: string) =>
  `arn:aws:states:${region}:${account}:execution:${machine}:${name}`

interface Beginning {
  machine: string
  name: string
  input: unknown
  /** Milliseconds since the epoch. */
  at: number
}

/** Answers the new execution's ARN. A name cannot be used twice for a machine. */
export function recordExecution(store: Store, { machine, name, input, at }: Beginning): string {
  if (!/^[a-zA-Z0-9_-]{1,80}$/.test(name)) throw new InvalidName({ ...refused, message: `Invalid Name: '${name}'` })
  const arn = executionArn(machine, name)
  store.transact(() => {
    if (store.get('execution', arn))
      throw new ExecutionAlreadyExists({ ...refused, message: `Execution Already Exists: '${arn}'` })
    const record: ExecutionRecord = {
      arn,
      machine,
      name,
      status: 'RUNNING',
      worker: ownMark(),
      input: JSON.stringify(input ?? {}),
      started: at,
    }
    store.put('execution', arn, record)
  })
  return arn
}

interface End {
  status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'
  output?: unknown
  error?: string | undefined
  cause?: string | undefined
  at: number
}

/** The first end counts: an execution that is over stays as it is. */
export function endExecution(store: Store, arn: string, { status, output, error, cause, at }: End): void {
  store.transact(() => {
    const record = store.get<ExecutionRecord>('execution', arn)
    if (record?.status !== 'RUNNING') return
    const text = output === undefined ? undefined : JSON.stringify(output)
    store.put('execution', arn, { ...record, status, output: text, error, cause, ended: at })
  })
}

/** For the engine: has somebody, in whichever process, asked for this execution's end? */
export const stopRequested = (store: Store, arn: string): ExecutionRecord['stop'] =>
  store.get<ExecutionRecord>('execution', arn)?.stop

export function executionOf({ store, clock }: Pick<Cloud, 'store' | 'clock'>, arn: string): ExecutionRecord {
  const found = store.get<ExecutionRecord>('execution', arn)
  if (found === undefined)
    throw new ExecutionDoesNotExist({ ...refused, message: `Execution Does Not Exist: '${arn}'` })
  if (found.status !== 'RUNNING' || isAlive(found.worker)) return found
  endExecution(store, arn, { status: 'ABORTED', cause: 'The process that ran it is gone', at: clock.now() })
  return store.get<ExecutionRecord>('execution', arn) ?? found
}

async function start(
  cloud: Cloud,
  { stateMachineArn = '', name = randomUUID(), input = '{}' }: StartExecutionCommandInput,
) {
  const machine = machineOf(stateMachineArn)
  if (cloud.engine.start === undefined) {
    throw new StateMachineDoesNotExist({ ...refused, message: `No engine runs here that knows '${stateMachineArn}'` })
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(input)
  } catch {
    throw new InvalidExecutionInput({ ...refused, message: 'Invalid State Machine Execution Input: not JSON' })
  }
  await cloud.engine.start(machine, name, parsed)
  const { arn, started } = executionOf(cloud, executionArn(machine, name))
  return { executionArn: arn, startDate: new Date(started) }
}

function machineOf(arn: string): string {
  const machine = /^arn:aws:states:[^:]+:[^:]+:stateMachine:([^:]+)$/.exec(arn)?.[1]
  if (machine !== undefined) return machine
  throw new StateMachineDoesNotExist({ ...refused, message: `State Machine Does Not Exist: '${arn}'` })
}

function describe(cloud: Cloud, { executionArn: arn = '' }: DescribeExecutionCommandInput) {
  const record = executionOf(cloud, arn)
  const { input, output, error, cause } = record
  return { ...summary(record), input, output, error, cause }
}

function list(
  cloud: Cloud,
  { stateMachineArn = '', statusFilter, maxResults = 100, nextToken }: ListExecutionsCommandInput,
) {
  const machine = machineOf(stateMachineArn)
  const all = cloud.store
    .list<ExecutionRecord>('execution')
    .filter(record => record.machine === machine)
    .map(({ arn }) => executionOf(cloud, arn))
    .filter(({ status }) => statusFilter === undefined || status === statusFilter)
    .reverse()
  const from = Number(nextToken ?? 0)
  return {
    executions: all.slice(from, from + maxResults).map(summary),
    nextToken: from + maxResults < all.length ? String(from + maxResults) : undefined,
  }
}

const summary = ({ arn, machine, name, status, started, ended }: ExecutionRecord) => ({
  executionArn: arn,
  stateMachineArn: machineArn(machine),
  name,
  status,
  startDate: new Date(started),
  stopDate: ended === undefined ? undefined : new Date(ended),
})

/** All there are, whether an engine runs here or not. */
function listMachines(_: Cloud, { maxResults = 100, nextToken }: ListStateMachinesCommandInput) {
  const names = machineNames()
  const from = Number(nextToken ?? 0)
  return {
    stateMachines: names.slice(from, from + maxResults).map(name => ({
      name,
      stateMachineArn: machineArn(name),
      type: isExpress(name) ? ('EXPRESS' as const) : ('STANDARD' as const),
      creationDate: new Date(0),
    })),
    nextToken: from + maxResults < names.length ? String(from + maxResults) : undefined,
  }
}

/** Asks for the end; the engine that runs the execution, perhaps in another process, ends it. */
function stop(cloud: Cloud, { executionArn: arn = '', error, cause }: StopExecutionCommandInput) {
  const record = executionOf(cloud, arn)
  if (record.status === 'RUNNING') cloud.store.put('execution', arn, { ...record, stop: { error, cause } })
  return { stopDate: new Date(record.ended ?? cloud.clock.now()) }
}

export const executionRoutes: Route[] = [
  route(StartExecutionCommand, start),
  route(DescribeExecutionCommand, describe),
  route(ListExecutionsCommand, list),
  route(ListStateMachinesCommand, listMachines),
  route(StopExecutionCommand, stop),
]
