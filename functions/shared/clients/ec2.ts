import { EC2Client } from '@aws-sdk/client-ec2'
import { clientOf, options } from '../clients.ts'

export const ec2 = clientOf('ec2', () => new EC2Client(options))
