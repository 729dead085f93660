/** Which execution a person means. */
import { DescribeExecutionCommand, type ExecutionListItem, ListExecutionsCommand } from '@aws-sdk/client-sfn'
import { sfn } from '../functions/shared/clients/sfn.ts'
import { isNamed } from '../functions/shared/errors.ts'
import { type Operation, operations } from '../functions/shared/operations.ts'
import { stateMachineArn } from '../functions/shared/settings.ts'
import { Mistake } from './failure.ts'
import { nameOf } from './workflow.ts'

const machines = Object.keys(operations) as Operation[]

/** `named` is an ARN, `<machine>:<name>`, or a name. Throws Mistake where there is none. */
export async function findExecution(named: string): Promise<string> {
  const [name = '', machine] = named.split(':').reverse()
  const arns = (machine === undefined ? machines : [machine]).map(
    known => `${stateMachineArn(known).replace(':stateMachine:', ':execution:')}:${name}`,
  )
  const known = await Promise.all(arns.map(exists))
  const found = arns.find((_, i) => known[i])
  if (found) return found
  const newest = (await newestExecutions()).slice(0, 5).map(({ executionArn = '' }) => nameOf(executionArn))
  throw new Mistake(`${named}: no such execution here. The newest: ${newest.join(', ') || 'none'}`)
}

/** Of operations that somebody asked for, the newest first. */
export async function newestExecutions(): Promise<ExecutionListItem[]> {
  const lists = await Promise.all(
    machines.map(machine =>
      sfn().send(new ListExecutionsCommand({ stateMachineArn: stateMachineArn(machine), maxResults: 20 })),
    ),
  )
  const began = ({ startDate }: ExecutionListItem) => startDate?.getTime() ?? 0
  return lists
    .flatMap(({ executions = [] }) => executions)
    .filter(({ name = '' }) => !isNested(name))
    .sort((a, b) => began(b) - began(a))
}

/** Step Functions gives a name of its own to what one workflow starts for another. */
const isNested = (name: string) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-/.test(name)

async function exists(executionArn: string): Promise<boolean> {
  try {
    await sfn().send(new DescribeExecutionCommand({ executionArn }))
    return true
  } catch (error) {
    if (isNamed(error, 'ExecutionDoesNotExist', 'InvalidArn', 'ValidationException')) return false
    throw error
  }
}
