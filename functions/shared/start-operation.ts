/** Starts an operation for whoever asks: the API, an event, a schedule. The same key starts it once. */
import { createHash, randomBytes } from 'node:crypto'
import { StartExecutionCommand } from '@aws-sdk/client-sfn'
import { sfn } from './clients/sfn.ts'
import { now } from './clock.ts'
import { isNamed } from './errors.ts'
import { acceptInput, type Operation, subjectOf } from './operations.ts'
import { acceptRequest } from './request.ts'
import { stateMachineArn } from './settings.ts'

export interface Started {
  /** `<machine>:<execution name>`, as the API and the command name it. */
  id: string
  executionArn: string
  /** It was started by an earlier call with the same key; that one may have ended since, well or not. */
  existed: boolean
}

/** Throws RequestRejected where the input cannot be accepted; nothing has been started then. */
export async function startOperation(operation: Operation, input: unknown, key?: string): Promise<Started> {
  const accepted = operation === 'provision-array' ? acceptRequest(input) : acceptInput(operation, input)
  const machine = stateMachineArn(operation)
  const name = executionName(subjectOf(accepted), key)
  const started = {
    id: `${operation}:${name}`,
    executionArn: `${machine.replace(':stateMachine:', ':execution:')}:${name}`,
  }
  try {
    await sfn().send(new StartExecutionCommand({ stateMachineArn: machine, name, input: JSON.stringify(input) }))
    return { ...started, existed: false }
  } catch (error) {
    if (key !== undefined && isNamed(error, 'ExecutionAlreadyExists')) return { ...started, existed: true }
    throw error
  }
}

/** Step Functions takes a name once, 80 characters at most: that is what makes a key start one execution. */
export function executionName(subject: string, key?: string): string {
  if (key !== undefined) return `${subject}-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`
  const time = new Date(now()).toISOString().replace(/[-:]|\..*/g, '')
  return `${subject}-${time}-${randomBytes(4).toString('hex')}`
}
