import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { clientOf, options } from '../clients.ts'

export const events = clientOf('events', () => new EventBridgeClient(options))
