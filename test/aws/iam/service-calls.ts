/** What AWS's services do in the name of a role, by what the stack says of the thing that has it. */
import { type Definition, RESOURCES, statesOf } from '../../../infra/definitions.ts'
import { type Deployed, type Properties, place } from '../template.ts'
import type { Authorization } from './authorizations.ts'

const on = (resource: string, ...actions: string[]): Authorization[] =>
  actions.map(action => ({ action, resource, context: {} }))
const arn = (service: string, resource: string) =>
  `arn:${place.partition}:${service}:${place.region}:${place.account}:${resource}`

/** Lambda writes a function's log, sends its traces, and keeps the events that it failed to take. */
export function callsOfLambda(
  stack: Deployed,
  { FunctionName, LoggingConfig, TracingConfig }: Properties,
): Authorization[] {
  const stream = arn('logs', `log-group:${LoggingConfig.LogGroup}:log-stream:2026/11/23/[$LATEST]0123`)
  const failures = [...stack.all('AWS::Lambda::EventInvokeConfig').values()]
    .filter(config => config.FunctionName === FunctionName)
    .flatMap(({ DestinationConfig }) => DestinationConfig?.OnFailure.Destination ?? [])
  return [
    ...on(stream, 'logs:CreateLogStream', 'logs:PutLogEvents'),
    ...(TracingConfig.Mode === 'Active' ? on('*', 'xray:PutTraceSegments', 'xray:PutTelemetryRecords') : []),
    ...failures.flatMap(queue => on(queue, 'sqs:SendMessage')),
  ]
}

/** Step Functions' own rule, by which it hears of the end of nested executions. */
const rule = arn('events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule')
/** How it sets up the delivery of a log and, for traces, asks what to sample. */
const delivery = ['CreateLogDelivery', 'GetLogDelivery', 'UpdateLogDelivery', 'DeleteLogDelivery', 'ListLogDeliveries']
const logging = [...delivery, 'PutResourcePolicy', 'DescribeResourcePolicies', 'DescribeLogGroups']
const tracing = ['PutTraceSegments', 'PutTelemetryRecords', 'GetSamplingRules', 'GetSamplingTargets']

/** Step Functions goes through a machine's definition. */
export function callsOfStepFunctions(machine: Properties): Authorization[] {
  const { functions, children, express } = namedBy(machine)
  const { LoggingConfiguration, TracingConfiguration } = machine
  const executions = children.map(child => `${child.replace(':stateMachine:', ':execution:')}:0123`)
  return [
    ...functions.flatMap(name => on(name, 'lambda:InvokeFunction')),
    ...children.flatMap(name => on(name, 'states:StartExecution')),
    ...express.flatMap(name => on(name, 'states:StartSyncExecution')),
    ...executions.flatMap(name => on(name, 'states:DescribeExecution', 'states:StopExecution')),
    ...(children.length > 0 ? on(rule, 'events:PutTargets', 'events:PutRule', 'events:DescribeRule') : []),
    ...(LoggingConfiguration.Level === 'OFF' ? [] : on('*', ...logging.map(call => `logs:${call}`))),
    ...(TracingConfiguration.Enabled ? on('*', ...tracing.map(call => `xray:${call}`)) : []),
  ]
}

/** ARNs of functions and machines, as CloudFormation fills them in. */
function namedBy({ DefinitionString, DefinitionSubstitutions }: Properties) {
  const text = DefinitionString.replace(/\$\{(\w+)\}/g, (_: string, key: string) => DefinitionSubstitutions[key])
  const states = statesOf(JSON.parse(text) as Definition).map(({ state }) => state)
  const startedBy = (resource: string) =>
    states.flatMap(({ Resource, Parameters }) => (Resource === resource && Parameters?.StateMachineArn) || [])
  return {
    functions: [...new Set(states.flatMap(({ Parameters }) => Parameters?.FunctionName ?? []))],
    children: [...new Set(startedBy(RESOURCES.standard))],
    express: [...new Set(startedBy(RESOURCES.express))],
  }
}
