/**
 * One change at a time for an array: `/star/<array>/lock` is created by who wants to change it, and must not exist
 * yet. A lock whose execution no longer runs is void.
 */
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn'
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm'
import * as z from 'zod'
import { clients } from './clients.ts'
import { now } from './clock.ts'
import { ArrayBusy, isNamed, LockContended } from './errors.ts'
import { clientToken, lockName } from './names.ts'
import { read, removeParameter } from './record.ts'

const Lock = z.looseObject({ execution: z.string(), operation: z.string(), since: z.string() })
export type Lock = z.output<typeof Lock>

/** A take-over that takes longer than this was itself cut off. */
const TAKEOVER_MS = 60_000

/** Throws ArrayBusy; LockContended where another try makes sense. The same execution may take it twice. */
export async function takeLock(array: string, execution: string, operation: string): Promise<void> {
  const name = lockName(array)
  const lock: Lock = { execution, operation, since: new Date(now()).toISOString() }
  if (await create(name, lock)) return
  const held = await readLock(name)
  if (!held) throw new LockContended(`the lock of ${array} was let go just now`)
  if (held.execution === execution) return
  if (await isRunning(held.execution)) throw busy(array, held)
  await takeOver(name, held, lock)
}

export async function releaseLock(array: string, execution: string): Promise<void> {
  const name = lockName(array)
  if ((await readLock(name))?.execution === execution) await removeParameter(name)
}

/** Who changes the array now, for those who only want to know. A void lock is nobody's. */
export async function holderOf(array: string): Promise<Lock | undefined> {
  const held = await readLock(lockName(array))
  return held && (await isRunning(held.execution)) ? held : undefined
}

/**
 * Two may find the same void lock. Only who creates the mark named after the dead holder may replace its lock, and
 * only if that lock is still there: otherwise the second would take away what the first has just won.
 */
async function takeOver(name: string, dead: Lock, lock: Lock): Promise<void> {
  const mark = `${name}-takeover-${clientToken(dead.execution, 'takeover').slice(0, 16)}`
  if (!(await create(mark, lock))) {
    if (await isOld(mark)) await removeParameter(mark)
    throw new LockContended(`somebody else is taking over ${name}`)
  }
  try {
    if ((await readLock(name))?.execution !== dead.execution) throw new LockContended(`somebody else took over ${name}`)
    await put(name, lock, true)
  } finally {
    await removeParameter(mark)
  }
}

async function create(name: string, lock: Lock): Promise<boolean> {
  try {
    await put(name, lock, false)
    return true
  } catch (error) {
    if (isNamed(error, 'ParameterAlreadyExists')) return false
    if (isNamed(error, 'TooManyUpdates')) throw new LockContended(`${name} is being written by somebody else`)
    throw error
  }
}

async function put(name: string, lock: Lock, overwrite: boolean): Promise<void> {
  const value = { Name: name, Type: 'String' as const, Value: JSON.stringify(lock), Overwrite: overwrite }
  await clients().ssm.send(new PutParameterCommand(value))
}

async function readLock(name: string): Promise<Lock | undefined> {
  const text = await read(name)
  return text === undefined ? undefined : Lock.parse(JSON.parse(text))
}

async function isOld(name: string): Promise<boolean> {
  try {
    const { Parameter } = await clients().ssm.send(new GetParameterCommand({ Name: name }))
    return now() - (Parameter?.LastModifiedDate?.getTime() ?? 0) > TAKEOVER_MS
  } catch (error) {
    if (isNamed(error, 'ParameterNotFound')) return false
    throw error
  }
}

async function isRunning(execution: string): Promise<boolean> {
  try {
    const { status } = await clients().sfn.send(new DescribeExecutionCommand({ executionArn: execution }))
    return status === 'RUNNING'
  } catch (error) {
    if (isNamed(error, 'ExecutionDoesNotExist', 'InvalidArn')) return false
    throw error
  }
}

export function busy(array: string, { execution, operation, since }: Lock): ArrayBusy {
  return new ArrayBusy(`${array} is being changed by ${operation} since ${since} (${execution})`)
}
