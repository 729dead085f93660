/** The synthesized template as a deployment would see it: every reference resolved to the ARN or name that it stands for. */
import type { Place } from '../../infra/aws/permissions.ts'
import type { Template } from '../../infra/aws/synth.ts'

export const place: Place = { partition: 'aws', region: 'ap-northeast-1', account: '111122223333' }

// biome-ignore lint/suspicious/noExplicitAny: tests read deep into what CloudFormation calls Json
export type Properties = Record<string, any>

export interface Deployed {
  /** Properties of all resources of a type, by logical id. */
  all(type: string): Map<string, Properties>
  /** The only one of a type, or the one whose property has that value. */
  one(type: string, property?: string, value?: string): Properties
  /** Of the role that an ARN names: what each of its inline policies allows. */
  policies(roleArn: string): Record<string, Properties[]>
}

export function deployed({ Resources }: Template): Deployed {
  const resolve = resolver(Resources)
  const all = (type: string) =>
    new Map(
      Object.entries(Resources)
        .filter(([, { Type }]) => Type === type)
        .map(([id, { Properties }]) => [id, resolve(Properties ?? {}) as Properties]),
    )
  return {
    all,
    one(type, property, value) {
      const found = [...all(type).values()].filter(it => property === undefined || it[property] === value)
      if (found.length !== 1 || !found[0]) throw new Error(`${found.length} × ${type} with ${property} ${value}`)
      return found[0]
    },
    policies(roleArn) {
      const role = all('AWS::IAM::Role').get(roleArn.split('/').at(-1) ?? '')
      if (!role) throw new Error(`no role ${roleArn}`)
      return Object.fromEntries(
        (role.Policies as Properties[]).map(({ PolicyName, PolicyDocument }) => [
          PolicyName,
          PolicyDocument.Statement.map(asLists),
        ]),
      )
    },
  }
}

/** A list of one is written without its brackets. */
function asLists({ Action, Resource, ...rest }: Properties): Properties {
  return { ...rest, Action: [Action].flat(), Resource: [Resource].flat() }
}

const { partition, region, account } = place
const arn = (service: string, resource: string) => `arn:${partition}:${service}:${region}:${account}:${resource}`

/** What `Ref` answers, by type; unless said, the logical id is as good as any. */
const refs: Record<string, (properties: Properties) => string> = {
  'AWS::StepFunctions::StateMachine': ({ StateMachineName }) => arn('states', `stateMachine:${StateMachineName}`),
  'AWS::Lambda::Function': ({ FunctionName }) => FunctionName,
  'AWS::Logs::LogGroup': ({ LogGroupName }) => LogGroupName,
  'AWS::Events::EventBus': ({ Name }) => Name,
  'AWS::Scheduler::ScheduleGroup': ({ Name }) => Name,
  'AWS::SNS::Topic': ({ TopicName }) => arn('sns', TopicName),
}

const attributes: Record<string, (properties: Properties, id: string) => string> = {
  'AWS::Lambda::Function Arn': ({ FunctionName }) => arn('lambda', `function:${FunctionName}`),
  'AWS::IAM::Role Arn': (_, id) => `arn:${partition}:iam::${account}:role/${id}`,
  'AWS::Logs::LogGroup Arn': ({ LogGroupName }) => arn('logs', `log-group:${LogGroupName}:*`),
  'AWS::CloudWatch::Alarm Arn': ({ AlarmName }) => arn('cloudwatch', `alarm:${AlarmName}`),
  'AWS::SQS::Queue Arn': ({ QueueName }) => arn('sqs', QueueName),
  'AWS::SQS::Queue QueueName': ({ QueueName }) => QueueName,
  'AWS::Events::Rule Arn': ({ Name }) => arn('events', `rule/star/${Name}`),
  'AWS::ApiGatewayV2::Api ApiEndpoint': (_, id) => `https://${id}.execute-api.${region}.amazonaws.com`,
}

const pseudo: Record<string, string> = {
  'AWS::Partition': partition,
  'AWS::Region': region,
  'AWS::AccountId': account,
}

function resolver(resources: Template['Resources']) {
  const reference = (id: string) => {
    if (id in pseudo) return pseudo[id]
    const { Type = '', Properties = {} } = resources[id] ?? {}
    return refs[Type]?.(Properties) ?? id
  }
  const attribute = ([id = '', name = '']: string[]) => {
    const { Type, Properties = {} } = resources[id] ?? {}
    const read = attributes[`${Type} ${name}`]
    if (!read) throw new Error(`${id}: what is ${name} of ${Type}?`)
    return read(Properties, id)
  }
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve)
    if (typeof value !== 'object' || value === null) return value
    const node = value as Properties
    if ('Ref' in node) return reference(node.Ref)
    if ('Fn::GetAtt' in node) return attribute(node['Fn::GetAtt'])
    if ('Fn::Join' in node) return (resolve(node['Fn::Join'][1]) as string[]).join(node['Fn::Join'][0])
    if ('Fn::Sub' in node) return node['Fn::Sub'].replace(/\$\{([\w:]+)\}/g, (_: string, id: string) => reference(id))
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, resolve(inner)]))
  }
  return resolve
}
