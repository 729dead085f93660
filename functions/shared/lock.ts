/**
 * One change at a time for an array: `/star/<array>/lock` is created by who wants to change it, and must not exist
 * yet. A lock whose execution no longer runs is void.
 */
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn'
import { GetParametersByPathCommand, PutParameterCommand } from '@aws-sdk/client-ssm'
import * as z from 'zod'
import { sfn } from './clients/sfn.ts'
import { ssm } from './clients/ssm.ts'
import { now } from './clock.ts'
import { ArrayBusy, isNamed, LockContended } from './errors.ts'
import { clientToken, IMAGES, lockName, recordName } from './names.ts'
import { listParameters, read, removeParameter } from './record.ts'

const Lock = z.looseObject({ execution: z.string(), operation: z.string(), since: z.string() })
export type Lock = z.output<typeof Lock>

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
  if ((await readLock(name))?.execution !== execution) return
  await removeMarks(array, execution)
  await removeParameter(name)
}

/** Who changes the array now, for those who only want to know. A void lock is nobody's. */
export async function holderOf(array: string): Promise<Lock | undefined> {
  const held = await readLock(lockName(array))
  return held && (await isRunning(held.execution)) ? held : undefined
}

const DAY_MS = 24 * 3_600_000

/** Names of the locks that somebody should look at: held for more than a day, or by what no longer runs. */
export async function leftLocks(): Promise<string[]> {
  const locks = (await listParameters('/star', true)).filter(({ name }) => name.endsWith('/lock'))
  const left: string[] = []
  for (const { name, value } of locks) {
    const held = parse(value)
    if (now() - Date.parse(held.since) > DAY_MS || !(await isRunning(held.execution))) left.push(name)
  }
  return left
}

/**
 * Two may find the same void lock. Only who creates the mark named after the dead holder may replace its lock, and
 * only if that lock is still there: otherwise the second would take away what the first has just won.
 */
async function takeOver(name: string, dead: Lock, lock: Lock): Promise<void> {
  const mark = await succeed(name, dead, lock)
  try {
    if ((await readLock(name))?.execution !== dead.execution) throw new LockContended(`somebody else took over ${name}`)
    await put(name, lock, true)
  } finally {
    await removeParameter(mark)
  }
}

/** A mark whose execution was itself cut off is void too: then the one named after that execution counts. */
async function succeed(name: string, dead: Lock, lock: Lock): Promise<string> {
  const mark = markOf(name, dead.execution)
  if (await create(mark, lock)) return mark
  const taker = await readLock(mark)
  if (taker?.execution === lock.execution) return mark
  if (!taker || (await isRunning(taker.execution))) throw new LockContended(`somebody else is taking over ${name}`)
  return await succeed(name, taker, lock)
}

const markOf = (name: string, execution: string) =>
  `${name}-takeover-${clientToken(execution, 'takeover').slice(0, 16)}`

/** What cut-off take-overs left; ten at once are enough, the next holder finds the others. Not who succeeds this one. */
async function removeMarks(array: string, execution: string): Promise<void> {
  const name = lockName(array)
  const { Parameters = [] } = await ssm().send(new GetParametersByPathCommand({ Path: recordName(array) }))
  for (const { Name: mark = '' } of Parameters) {
    if (mark.startsWith(`${name}-takeover-`) && mark !== markOf(name, execution)) await removeParameter(mark)
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
  await ssm().send(new PutParameterCommand(value))
}

async function readLock(name: string): Promise<Lock | undefined> {
  const text = await read(name)
  return text === undefined ? undefined : parse(text)
}

const parse = (text: string): Lock => Lock.parse(JSON.parse(text))

async function isRunning(execution: string): Promise<boolean> {
  try {
    const { status } = await sfn().send(new DescribeExecutionCommand({ executionArn: execution }))
    return status === 'RUNNING'
  } catch (error) {
    if (isNamed(error, 'ExecutionDoesNotExist', 'InvalidArn')) return false
    throw error
  }
}

export function busy(array: string, { execution, operation, since }: Lock): ArrayBusy {
  const what = array === IMAGES ? 'the image of nodes' : array
  return new ArrayBusy(`${what} is being changed by ${operation} since ${since} (${execution})`)
}
