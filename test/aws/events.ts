import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Deployed } from './template.ts'

const folder = join(import.meta.dirname, '../../infra/events')
const arn = (service: string, resource: string) => `arn:aws:${service}:ap-northeast-1:111122223333:${resource}`

export function describeEvents(stack: () => Deployed): void {
  describe('a rule', () => {
    it.each(readdirSync(folder))('%s goes to its function, and to the dead letters after an hour of tries', file => {
      const { pattern, target } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
      const name = `star-${file.replace('.json', '')}`
      const handler = arn('lambda', `function:star-${target}`)
      const queue = arn('sqs', 'star-dead-letters')
      const rule = stack().one('AWS::Events::Rule', 'Name', name)
      expect(rule.EventPattern).toEqual(pattern)
      expect(rule.EventBusName).toBe('star')
      expect(rule.Targets).toEqual([
        {
          Id: target,
          Arn: handler,
          RetryPolicy: { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 3600 },
          DeadLetterConfig: { Arn: queue },
        },
      ])
      const source = arn('events', `rule/star/${name}`)
      expect(stack().one('AWS::Lambda::Permission', 'SourceArn', source)).toMatchObject({
        Principal: 'events.amazonaws.com',
        FunctionName: handler,
      })
      // What the function itself fails on comes to the same queue, by its own role.
      const tries = stack().one('AWS::Lambda::EventInvokeConfig', 'FunctionName', `star-${target}`)
      expect(tries).toMatchObject({ MaximumRetryAttempts: 2, DestinationConfig: { OnFailure: { Destination: queue } } })
      const { Role } = stack().one('AWS::Lambda::Function', 'FunctionName', `star-${target}`)
      expect(stack().policies(Role).DeadLetters).toEqual([
        { Effect: 'Allow', Action: ['sqs:SendMessage'], Resource: [queue] },
      ])
      const { Statement } = stack().one('AWS::SQS::QueuePolicy').PolicyDocument
      expect(Statement).toContainEqual({
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Resource: queue,
        Condition: { ArnEquals: { 'aws:SourceArn': source } },
      })
    })

    it('keeps dead letters encrypted, for two weeks', () => {
      expect(stack().one('AWS::SQS::Queue')).toMatchObject({
        SqsManagedSseEnabled: true,
        MessageRetentionPeriod: 14 * 24 * 3600,
      })
    })
  })

  describe('a timer', () => {
    const timers = [
      ['apply-schedules', 'cron(0/5 * * * ? *)'],
      ['watch-arrays', 'cron(7 * * * ? *)'],
    ]

    it('calls apply-schedules every five minutes and watch-arrays every hour, and nothing else', () => {
      const all = [...stack().all('AWS::Scheduler::Schedule').values()]
      expect(all.map(({ Name, ScheduleExpression }) => [Name, ScheduleExpression])).toEqual(timers)
      for (const { Name, GroupName, Target, FlexibleTimeWindow } of all) {
        expect(GroupName).toBe('star')
        expect(FlexibleTimeWindow).toEqual({ Mode: 'OFF' })
        expect(Target).toMatchObject({
          Arn: arn('lambda', `function:star-${Name}`),
          Input: '{}',
          RetryPolicy: { MaximumRetryAttempts: 0 },
        })
      }
    })

    it('may call those functions alone', () => {
      const { Target } = stack().one('AWS::Scheduler::Schedule', 'Name', 'apply-schedules')
      expect(stack().policies(Target.RoleArn)).toEqual({
        Calls: [
          {
            Effect: 'Allow',
            Action: ['lambda:InvokeFunction'],
            Resource: timers.map(([name]) => arn('lambda', `function:star-${name}`)),
          },
        ],
      })
    })

    it('is not repeated after a failure: the next look comes anyway', () => {
      for (const [name] of timers) {
        const tries = stack().one('AWS::Lambda::EventInvokeConfig', 'FunctionName', `star-${name}`)
        expect(tries.MaximumRetryAttempts).toBe(0)
      }
    })
  })
}
