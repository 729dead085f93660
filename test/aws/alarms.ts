import { describe, expect, it } from 'vitest'
import { OperationName } from '../../functions/shared/operations.ts'
import type { Deployed, Properties } from './template.ts'

const TOPIC = 'arn:aws:sns:ap-northeast-1:111122223333:star-alarms'

export function describeAlarms(stack: () => Deployed): void {
  const alarm = (name: string) => stack().one('AWS::CloudWatch::Alarm', 'AlarmName', `star-${name}`)
  const names = ['operations-failed', 'entrances-failed', 'dead-letters', 'locks-left', 'paths-missing']

  describe('an alarm', () => {
    it('is for something, goes to the topic, and begins with the first of what it counts', () => {
      const all = [...stack().all('AWS::CloudWatch::Alarm').values()]
      expect(all.map(({ AlarmName }) => AlarmName).sort()).toEqual(names.map(name => `star-${name}`).sort())
      for (const it of all) {
        expect(it).toMatchObject({ Threshold: 0, ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1 })
        expect(it.AlarmActions).toEqual([TOPIC])
        expect(it.AlarmDescription.length).toBeGreaterThan(40)
      }
    })

    it('tells of operations that failed, timed out or were aborted, whichever it was', () => {
      expect(alarm('operations-failed')).toMatchObject({
        Namespace: 'STAR',
        MetricName: 'OperationsFailed',
        Statistic: 'Sum',
        Period: 300,
        TreatMissingData: 'notBreaching',
      })
      const filter = stack().one('AWS::Logs::MetricFilter')
      expect(filter.MetricTransformations).toEqual([
        { MetricNamespace: 'STAR', MetricName: 'OperationsFailed', MetricValue: '1' },
      ])
      // CloudWatch takes no longer one.
      expect(filter.FilterPattern.length).toBeLessThanOrEqual(1024)
      const counts = matcher(filter.FilterPattern)
      const arn = (machine: string) => `arn:aws:states:ap-northeast-1:111122223333:execution:${machine}:star0001-x`
      for (const operation of OperationName.options) {
        for (const type of ['ExecutionFailed', 'ExecutionTimedOut', 'ExecutionAborted']) {
          expect(counts({ type, execution_arn: arn(operation) }), `${operation} ${type}`).toBe(true)
        }
        expect(counts({ type: 'TaskFailed', execution_arn: arn(operation) })).toBe(false)
      }
      expect(counts({ type: 'ExecutionFailed', execution_arn: arn('run-documents') })).toBe(false)
    })

    it('counts in the log that all machines write to', () => {
      const { LogGroupName } = stack().one('AWS::Logs::MetricFilter')
      for (const { LoggingConfiguration } of stack().all('AWS::StepFunctions::StateMachine').values()) {
        const [{ CloudWatchLogsLogGroup }] = LoggingConfiguration.Destinations
        expect(CloudWatchLogsLogGroup.LogGroupArn).toContain(`:log-group:${LogGroupName}:`)
      }
    })

    it('tells of errors of the functions that somebody outside calls', () => {
      const { Metrics, TreatMissingData } = alarm('entrances-failed')
      expect(TreatMissingData).toBe('notBreaching')
      const [sum, ...errors] = Metrics as Properties[]
      expect(sum).toMatchObject({ Expression: 'SUM(FILL(METRICS(), 0))' })
      expect(errors.map(({ MetricStat }) => MetricStat)).toEqual(
        ['handle-api', 'take-event', 'apply-schedules', 'watch-arrays'].map(name => ({
          Metric: {
            Namespace: 'AWS/Lambda',
            MetricName: 'Errors',
            Dimensions: [{ Name: 'FunctionName', Value: `star-${name}` }],
          },
          Stat: 'Sum',
          Period: 300,
        })),
      )
    })

    it('tells of events that nobody took', () => {
      expect(alarm('dead-letters')).toMatchObject({
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Dimensions: [{ Name: 'QueueName', Value: 'star-dead-letters' }],
        Statistic: 'Maximum',
        TreatMissingData: 'notBreaching',
      })
    })

    it.each([
      ['locks-left', 'LocksLeft'],
      ['paths-missing', 'PathsMissing'],
    ])('%s stays as it is until watch-arrays has measured again', (name, MetricName) => {
      expect(alarm(name)).toMatchObject({
        Namespace: 'STAR',
        MetricName,
        Statistic: 'Maximum',
        Period: 3600,
        TreatMissingData: 'ignore',
      })
      expect(alarm(name).Dimensions).toBeUndefined()
    })

    it('looks at ten metrics at most: as many as AWS gives for nothing', () => {
      const looked = [...stack().all('AWS::CloudWatch::Alarm').values()].flatMap(({ Metrics = [{ MetricStat: {} }] }) =>
        Metrics.filter(({ MetricStat }: Properties) => MetricStat),
      )
      expect(looked.length).toBeLessThanOrEqual(10)
    })
  })

  describe('the topic', () => {
    it('takes messages from this account’s alarms, over TLS alone', () => {
      const { Statement } = stack().one('AWS::SNS::TopicPolicy').PolicyDocument
      expect(Statement).toMatchObject([
        { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        {
          Effect: 'Allow',
          Action: 'sns:Publish',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
          Resource: TOPIC,
        },
      ])
    })

    it('sends mail to the address that a deployment gives, to nobody unless it does', () => {
      expect(stack().one('AWS::SNS::Subscription')).toEqual({
        Protocol: 'email',
        Endpoint: 'AlarmEmail',
        TopicArn: TOPIC,
      })
    })
  })

  describe('the dashboard', () => {
    it('shows the alarms, and at most the 50 metrics that AWS shows for nothing', () => {
      const { DashboardName, DashboardBody } = stack().one('AWS::CloudWatch::Dashboard')
      expect(DashboardName).toBe('STAR')
      const widgets: Properties[] = JSON.parse(DashboardBody).widgets
      expect(widgets.flatMap(({ properties }) => properties.alarms ?? [])).toHaveLength(names.length)
      expect(widgets.flatMap(({ properties }) => properties.metrics ?? []).length).toBeLessThanOrEqual(50)
    })
  })
}

/** As much of CloudWatch's filter language as is used: `{ (a = "x" || …) && (b = "*y*" || …) }`. */
function matcher(pattern: string): (event: Record<string, string>) => boolean {
  const groups = Array.from(pattern.matchAll(/\(([^)]+)\)/g), ([, group = '']) =>
    Array.from(group.matchAll(/\$\.(\w+) = "([^"]+)"/g), ([, field = '', wanted = '']) => ({ field, wanted })),
  )
  const like = (text: string, wanted: string) => new RegExp(`^${wanted.replaceAll('*', '.*')}$`).test(text)
  return event => groups.every(terms => terms.some(({ field, wanted }) => like(event[field] ?? '', wanted)))
}
