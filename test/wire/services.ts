/** The four services: how their requests are known, what commands they have, the SDK's client for each. */
import * as ec2 from '@aws-sdk/client-ec2'
import * as events from '@aws-sdk/client-eventbridge'
import * as sfn from '@aws-sdk/client-sfn'
import * as ssm from '@aws-sdk/client-ssm'
import { NormalizedSchema } from '@smithy/core/schema'
import type { LocalCloud } from '../../infra/local/cloud.ts'

export type Clients = Pick<LocalCloud, 'ec2' | 'ssm' | 'sfn' | 'events'>
export type ServiceName = keyof Clients

export interface Service {
  name: ServiceName
  /** Name of the service in a signature. */
  signedAs: string
  commands: object
  /** Before the command's name in `x-amz-target`, and the type of both bodies: EC2 has forms and XML instead. */
  json?: { target: string; type: string }
}

export const services: Service[] = [
  { name: 'ec2', signedAs: 'ec2', commands: ec2 },
  { name: 'ssm', signedAs: 'ssm', commands: ssm, json: { target: 'AmazonSSM', type: 'application/x-amz-json-1.1' } },
  {
    name: 'sfn',
    signedAs: 'states',
    commands: sfn,
    json: { target: 'AWSStepFunctions', type: 'application/x-amz-json-1.0' },
  },
  {
    name: 'events',
    signedAs: 'events',
    commands: events,
    json: { target: 'AWSEvents', type: 'application/x-amz-json-1.1' },
  },
]

/** What a command is made of, as far as it matters here. */
type Command = new (
  input: unknown,
) => { schema: [kind: 9, space: string, name: string, traits: number, input: never, output: never] }

/** Undefined where the service has no such command. */
export function commandOf({ commands }: Service, name: string) {
  const Command = (commands as Record<string, Command>)[`${name}Command`]
  if (!Command) return undefined
  const [, , , , input, output] = new Command({}).schema
  return { Command, input: NormalizedSchema.of(input), output: NormalizedSchema.of(output) }
}

/** The SDK's own, with no other way to the cloud than HTTP; each call is tried once. */
export function sdkClients(endpoint: string) {
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'none' }
  const options = { endpoint, region: 'ap-northeast-1', maxAttempts: 1, credentials }
  return {
    ec2: new ec2.EC2Client(options),
    ssm: new ssm.SSMClient(options),
    sfn: new sfn.SFNClient(options),
    events: new events.EventBridgeClient(options),
  }
}
