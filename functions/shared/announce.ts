/** Tells on the event bus how an operation ended, so that others can act on it without asking. */
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { events } from './clients/events.ts'
import { CloudRefused } from './errors.ts'
import type { Operation } from './operations.ts'
import { settings } from './settings.ts'

export interface OperationEvent {
  /** Absent where the request named none that could be read. */
  array?: string
  operation: Operation
  /** ARN; absent where the operation was refused before it was started. */
  execution?: string
  changed?: boolean
  error?: string
  cause?: string
}

export async function announce(type: 'Operation Completed' | 'Operation Failed', event: OperationEvent): Promise<void> {
  const entry = {
    EventBusName: settings().eventBus,
    Source: 'star',
    DetailType: type,
    Detail: JSON.stringify(event),
  }
  for (let tries = 1; ; tries++) {
    const { Entries = [] } = await events().send(new PutEventsCommand({ Entries: [entry] }))
    const refused = Entries.find(({ ErrorCode }) => ErrorCode)
    if (!refused) return
    const { ErrorCode = '', ErrorMessage } = refused
    if (tries === TRIES || !PASSING.includes(ErrorCode))
      throw new CloudRefused(`EventBridge: ${ErrorCode}: ${ErrorMessage}`)
  }
}

/** The call as a whole has succeeded then, so that the SDK does not try it again. */
const PASSING = ['InternalFailure', 'ThrottlingException']
const TRIES = 3
