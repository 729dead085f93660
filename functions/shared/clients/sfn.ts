import { SFNClient } from '@aws-sdk/client-sfn'
import { clientOf, options } from '../clients.ts'

export const sfn = clientOf('sfn', () => new SFNClient(options))
