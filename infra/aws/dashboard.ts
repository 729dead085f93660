/** One page: is anything wrong, what do arrays look like, what was done, and what failed last. */
import { Duration } from 'aws-cdk-lib'
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  LogQueryWidget,
  Metric,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import { entrances } from './alarms.ts'
import type { Functions } from './functions.ts'
import { type Machines, startedFromOutside } from './machines.ts'
import { METRICS } from './names.ts'

interface Shown {
  alarms: Alarm[]
  functions: Functions
  machines: Machines
  api: HttpApi
}

export function createDashboard(stack: Construct, { alarms, functions, machines, api }: Shown): void {
  const calls = entrances.map(functions)
  new Dashboard(stack, 'Dashboard', {
    dashboardName: 'STAR',
    defaultInterval: Duration.days(7),
    widgets: [
      [new AlarmStatusWidget({ title: 'Alarms', alarms, width: 24, height: 3 })],
      [
        graph('Operations done', operationsDone(machines)),
        graph('Arrays', ['ArraysRunning', 'PathsMissing', 'LocksLeft'].map(watched)),
        graph('API', [
          api.metricCount({ statistic: 'Sum', label: 'requests' }),
          api.metricClientError({ statistic: 'Sum', label: '4xx' }),
          api.metricServerError({ statistic: 'Sum', label: '5xx' }),
        ]),
      ],
      [
        lastFailures(machines),
        graph(
          'Entrances: errors',
          calls.map(call => call.metricErrors({ statistic: 'Sum' })),
        ),
        graph(
          'Entrances: time',
          calls.map(call => call.metricDuration({ statistic: 'Maximum' })),
        ),
      ],
    ],
  })
}

const graph = (title: string, left: IMetric[]) => new GraphWidget({ title, left, width: 8, height: 6 })

const watched = (metricName: string) =>
  new Metric({ namespace: METRICS, metricName, statistic: 'Maximum', period: Duration.hours(1) })

function operationsDone({ byName }: Machines): Metric[] {
  return startedFromOutside().map(label => {
    const dimensionsMap = { StateMachineArn: byName.get(label)?.ref ?? '' }
    const metric = { namespace: 'AWS/States', metricName: 'ExecutionsSucceeded', dimensionsMap }
    return new Metric({ ...metric, statistic: 'Sum', period: Duration.hours(1), label })
  })
}

const lastFailures = ({ log }: Machines) =>
  new LogQueryWidget({
    title: 'What failed last',
    logGroupNames: [log.logGroupName],
    queryLines: [
      'fields @timestamp, execution_arn, details.error, details.cause',
      'filter type in ["ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"]',
      'sort @timestamp desc',
      'limit 20',
    ],
    width: 8,
    height: 6,
  })
