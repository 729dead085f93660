import { SSMClient } from '@aws-sdk/client-ssm'
import { clientOf, options } from '../clients.ts'

export const ssm = clientOf('ssm', () => new SSMClient(options))
