/** What a state machine may do: read from its definition, so that it is what the machine does and no more. */
import { isExpress, placeholdersOf } from '../definitions.ts'
import { functionName, machineArn } from './names.ts'
import type { Place, Statement } from './permissions.ts'

export function machineStatements(definition: string, place: Place): Statement[] {
  const { partition, region, account } = place
  const named = (kind: 'function' | 'machine') =>
    [...placeholdersOf(definition).values()].filter(reference => reference.kind === kind).map(({ name }) => name)
  const functions = named('function')
  const watches = named('machine').filter(isExpress)
  const children = named('machine').filter(name => !isExpress(name))
  return [
    allow(
      ['lambda:InvokeFunction'],
      functions.map(name => `arn:${partition}:lambda:${region}:${account}:function:${functionName(name)}`),
    ),
    allow(
      ['states:StartExecution'],
      children.map(name => machineArn(place, name)),
    ),
    allow(
      ['states:StartSyncExecution'],
      watches.map(name => machineArn(place, name)),
    ),
    // A machine follows its children, stops them when it is stopped, and hears of their end by a rule that Step Functions keeps.
    allow(
      ['states:DescribeExecution', 'states:StopExecution'],
      children.map(name => `arn:${partition}:states:${region}:${account}:execution:${name}:*`),
    ),
    allow(
      ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      children.length > 0
        ? [`arn:${partition}:events:${region}:${account}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`]
        : [],
    ),
  ].filter(({ Resource }) => Resource.length > 0)
}

/** Writes to the log by way of CloudWatch's log delivery, and sends traces: calls that know no resources. */
export const machineTelemetry: Statement[] = [
  allow(
    [
      'logs:CreateLogDelivery',
      'logs:GetLogDelivery',
      'logs:UpdateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:DescribeResourcePolicies',
      'logs:DescribeLogGroups',
    ],
    ['*'],
  ),
  allow(
    ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets'],
    ['*'],
  ),
]

function allow(Action: string[], Resource: string[]): Statement {
  return { Effect: 'Allow', Action, Resource }
}
