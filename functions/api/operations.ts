/** Starting an operation for an HTTP request, and telling how far one is. */
import { isDeepStrictEqual } from 'node:util'
import { DescribeExecutionCommand, type DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn'
import type * as z from 'zod'
import { sfn } from '../shared/clients/sfn.ts'
import { isNamed, NoSuchArray } from '../shared/errors.ts'
import { firstCause } from '../shared/first-cause.ts'
import { busy, holderOf, type Lock } from '../shared/lock.ts'
import { IMAGES } from '../shared/names.ts'
import { acceptInput, isLook, type Operation, OperationName, subjectOf } from '../shared/operations.ts'
import { findDisks, findNodes } from '../shared/picture.ts'
import { readRecord } from '../shared/record.ts'
import { stateMachineArn } from '../shared/settings.ts'
import { executionName, startOperation } from '../shared/start-operation.ts'
import type * as answers from './answers.ts'
import { ApiProblem } from './problems.ts'

type OperationView = z.output<typeof answers.Operation>
type StartedView = z.output<typeof answers.Started>['operation']

/** The operation that an earlier request with the same key started. Throws ApiProblem if that one asked for something else. */
export async function startedBefore(operation: Operation, input: object, key: string) {
  const before = await describe(`${operation}:${executionName(subjectOf(input), key)}`)
  if (before && !isSame(operation, input, before.input)) {
    throw new ApiProblem('key-reused', `${viewOf(before).id} was started with this key and another input`)
  }
  return before && viewOf(before)
}

/** Throws NoSuchArray, or an ApiProblem that names who changes the array now. The workflow looks again, under its lock. */
export async function checkFree(operation: Operation, input: object): Promise<void> {
  const subject = subjectOf(input)
  if (operation !== 'provision-array' && subject !== IMAGES) await requireArray(subject)
  const held = isLook(operation) ? undefined : await holderOf(subject)
  if (held) throw new ApiProblem('array-busy', busy(subject, held).message, { extra: { holder: holderView(held) } })
}

/** Step Functions may not know at once what it has just started: it is not asked. */
export async function start(operation: Operation, input: object, key?: string): Promise<StartedView> {
  const { id, existed } = await startOperation(operation, input, key)
  // Two requests with one key came at the same moment, and the other one won.
  const before = existed && key !== undefined ? await startedBefore(operation, input, key) : undefined
  return before ?? { id, operation, array: arrayIn(input), status: 'running' }
}

export async function viewOperation(id: string): Promise<OperationView> {
  const execution = await describe(id)
  if (!execution) throw new ApiProblem('no-such-operation', `there is no operation ${id}`)
  return viewOf(execution)
}

export function holderView({ execution, operation, since }: Lock) {
  return { id: idOf(execution), operation, since }
}

/** Something must be left of it: its record, a node or a disk. */
export async function requireArray(array: string): Promise<void> {
  if (await readRecord(array)) return
  if ((await findNodes(array)).length > 0 || (await findDisks(array)).length > 0) return
  throw new NoSuchArray(`there is no array ${array}`)
}

const idOf = (executionArn: string) => executionArn.split(':').slice(-2).join(':')

async function describe(id: string): Promise<DescribeExecutionCommandOutput | undefined> {
  const [, machine, name] = /^([a-z-]+):([A-Za-z0-9_-]{1,80})$/.exec(id) ?? []
  if (!OperationName.safeParse(machine).success) return undefined
  const executionArn = `${stateMachineArn(machine as Operation).replace(':stateMachine:', ':execution:')}:${name}`
  try {
    return await sfn().send(new DescribeExecutionCommand({ executionArn }))
  } catch (error) {
    if (isNamed(error, 'ExecutionDoesNotExist', 'InvalidArn')) return undefined
    throw error
  }
}

const STATUS = { RUNNING: 'running', SUCCEEDED: 'succeeded', FAILED: 'failed', ABORTED: 'aborted' } as const

function viewOf(execution: DescribeExecutionCommandOutput): OperationView {
  const { executionArn = '', status, startDate, stopDate, input = '{}', output, error, cause } = execution
  const id = idOf(executionArn)
  const operation = OperationName.parse(id.split(':')[0])
  const given: unknown = JSON.parse(input)
  const first = error ? firstCause({ Error: error, Cause: cause }) : undefined
  return {
    id,
    operation,
    array: arrayOf(operation, given),
    // What else Step Functions has: timed out is a failure, waiting to be run again is running.
    status: STATUS[status as keyof typeof STATUS] ?? (stopDate ? 'failed' : 'running'),
    startedAt: (startDate ?? new Date(0)).toISOString(),
    ...(stopDate && { endedAt: stopDate.toISOString() }),
    input: given,
    ...(output !== undefined && { output: JSON.parse(output) as unknown }),
    ...(first && { error: first.error, cause: first.cause }),
  }
}

/** null where it is about no array. */
export const arrayIn = (input: object): string | null => ('array' in input ? String(input.array) : null)

function arrayOf(operation: Operation, input: unknown): string | null {
  try {
    return arrayIn(acceptInput(operation, input))
  } catch {
    return null
  }
}

/** The same request, whatever the order of its fields and however many defaults it spells out. */
function isSame(operation: Operation, input: unknown, before = '{}'): boolean {
  try {
    return isDeepStrictEqual(acceptInput(operation, JSON.parse(before)), acceptInput(operation, input))
  } catch {
    return false
  }
}
