/** Five alarms on one topic. CloudWatch bills each metric that is looked at; eight of them are within what is free. */
import { CfnCondition, CfnParameter, Duration, Fn } from 'aws-cdk-lib'
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { FilterPattern, type LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs'
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Functions } from './functions.ts'
import { startedFromOutside } from './machines.ts'
import { here, METRICS, pascal } from './names.ts'

/** Whom somebody outside calls: what goes wrong in the other functions, their workflow tells. */
export const entrances = ['handle-api', 'take-event', 'apply-schedules', 'watch-arrays']

interface Watched {
  functions: Functions
  machinesLog: LogGroup
  deadLetters: Queue
}

export function createAlarms(stack: Construct, { functions, machinesLog, deadLetters }: Watched): Alarm[] {
  const scope = new Construct(stack, 'Alarms')
  const action = new SnsAction(createTopic(stack))
  const alarm = (name: string, why: string, metric: IMetric, missing = TreatMissingData.NOT_BREACHING) => {
    const props: AlarmProps = {
      alarmName: `star-${name}`,
      alarmDescription: why,
      metric,
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: missing,
    }
    const made = new Alarm(scope, pascal(name), props)
    made.addAlarmAction(action)
    return made
  }
  return [
    alarm(
      'operations-failed',
      `An operation failed, timed out or was aborted. Which and why: log group ${machinesLog.logGroupName}`,
      failedOperations(scope, machinesLog),
    ),
    alarm(
      'entrances-failed',
      `The API, an event or a timer met a defect or a passing fault of AWS: log groups of ${entrances.join(', ')}`,
      errorsOf(entrances, functions),
    ),
    alarm(
      'dead-letters',
      `A request by event was not taken after all tries; it is kept in the queue ${deadLetters.queueName}`,
      deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
    ),
    alarm(
      'locks-left',
      'A lock is older than its workflow, or than a day. The next operation on the array takes over a void one',
      watched('LocksLeft'),
      TreatMissingData.IGNORE,
    ),
    alarm(
      'paths-missing',
      'Hosts miss paths to their LUNs: star status says which',
      watched('PathsMissing'),
      TreatMissingData.IGNORE,
    ),
  ]
}

/** Looked at once an hour; that the look itself fails is the alarm of the entrances. */
const watched = (metricName: string) =>
  new Metric({ namespace: METRICS, metricName, statistic: 'Maximum', period: Duration.hours(1) })

/**
 * Counted in the log of the machines, where the cause stands beside it. Step Functions' own metrics would be three for
 * each operation, and billed as many times. Workflows that only serve others do not count: the operation tells.
 */
function failedOperations(scope: Construct, logGroup: LogGroup): Metric {
  const types = ['ExecutionFailed', 'ExecutionTimedOut', 'ExecutionAborted'].map(type => `$.type = "${type}"`)
  const machines = startedFromOutside().map(name => `$.execution_arn = "*:execution:${name}:*"`)
  return new MetricFilter(scope, 'OperationsFailedFilter', {
    logGroup,
    filterPattern: FilterPattern.literal(`{ (${types.join(' || ')}) && (${machines.join(' || ')}) }`),
    metricNamespace: METRICS,
    metricName: 'OperationsFailed',
    metricValue: '1',
  }).metric({ statistic: 'Sum', period: Duration.minutes(5) })
}

function errorsOf(names: string[], functions: Functions): MathExpression {
  const errors = names.map((name, i) => [`e${i}`, functions(name).metricErrors({ statistic: 'Sum', label: name })])
  return new MathExpression({
    expression: 'SUM(FILL(METRICS(), 0))',
    usingMetrics: Object.fromEntries(errors),
    label: 'errors',
    period: Duration.minutes(5),
  })
}

/**
 * Not under a key of its own: SNS encrypts its disks, CloudWatch may not use the key that AWS keeps for SNS, and one of
 * ours is a dollar a month, for messages that name an alarm.
 */
function createTopic(stack: Construct): Topic {
  const topic = new Topic(stack, 'AlarmTopic', { topicName: 'star-alarms', enforceSSL: true })
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': here.account } },
    }),
  )
  const email = new CfnParameter(stack, 'AlarmEmail', {
    default: '',
    description: 'Who gets the alarms by e-mail; nobody unless said. AWS asks that address for its consent first',
  })
  const wanted = new CfnCondition(stack, 'AlarmEmailGiven', {
    expression: Fn.conditionNot(Fn.conditionEquals(email.valueAsString, '')),
  })
  const subscription = new CfnSubscription(stack, 'AlarmSubscription', {
    topicArn: topic.topicArn,
    protocol: 'email',
    endpoint: email.valueAsString,
  })
  subscription.cfnOptions.condition = wanted
  return topic
}
