/**
 * The AWS SDK clients, each made once a process, when it is first asked for. Everything above them runs unchanged on the
 * local cloud, which puts its own in their place: `send` is the seam between the two clouds, and there is no other.
 * A client has a file of its own in `clients/`, so that a function's bundle holds just those it uses.
 */
import type { EC2Client } from '@aws-sdk/client-ec2'
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import type { SFNClient } from '@aws-sdk/client-sfn'
import type { SSMClient } from '@aws-sdk/client-ssm'

export interface Clients {
  ec2: Pick<EC2Client, 'send'>
  ssm: Pick<SSMClient, 'send'>
  sfn: Pick<SFNClient, 'send'>
  events: Pick<EventBridgeClient, 'send'>
}

let replacements: Clients | undefined

export function useClients(clients: Clients): void {
  replacements = clients
}

export function clientOf<Name extends keyof Clients>(name: Name, make: () => Clients[Name]): () => Clients[Name] {
  let made: Clients[Name] | undefined
  return () => {
    if (replacements) return replacements[name]
    made ??= make()
    return made
  }
}

/**
 * EC2 throttles an account as a whole, and nodes are made and asked side by side. Adaptive: a client that was throttled
 * sends no faster than answers come, so that those beside it find room. Its five tries are over within 23 s, which every
 * function has: it waits up to 1, 2, 4 and 8 s between them, and up to 2 s each time for a place to send.
 */
export const options = { retryMode: 'adaptive', maxAttempts: 5 }
