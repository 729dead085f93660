/**
 * The AWS SDK clients, made once a process. Everything above them runs unchanged on the local cloud, which puts its
 * own in their place: `send` is the seam between the two clouds, and there is no other.
 */
import { EC2Client } from '@aws-sdk/client-ec2'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { SFNClient } from '@aws-sdk/client-sfn'
import { SSMClient } from '@aws-sdk/client-ssm'

export interface Clients {
  ec2: Pick<EC2Client, 'send'>
  ssm: Pick<SSMClient, 'send'>
  sfn: Pick<SFNClient, 'send'>
  events: Pick<EventBridgeClient, 'send'>
}

let current: Clients | undefined

export function clients(): Clients {
  current ??= make()
  return current
}

export function useClients(replacement: Clients): void {
  current = replacement
}

/** Adaptive: nodes are made and asked side by side, and EC2 throttles an account as a whole. */
function make(): Clients {
  const options = { retryMode: 'adaptive', maxAttempts: 5 }
  return {
    ec2: new EC2Client(options),
    ssm: new SSMClient(options),
    sfn: new SFNClient(options),
    events: new EventBridgeClient(options),
  }
}
