import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeStatements, statementsOf } from '../../infra/aws/permissions.ts'
import { loadRules } from '../../infra/local/event-rules.ts'
import { type Deployed, place } from './template.ts'

const names = readdirSync(join(import.meta.dirname, '../../functions'))
  .flatMap(file => /^(.+)\.ts$/.exec(file)?.[1] ?? [])
  .sort()

export function describeFunctions(stack: () => Deployed): void {
  describe('a function', () => {
    const lambda = (name: string) => stack().one('AWS::Lambda::Function', 'FunctionName', `star-${name}`)

    it('is there for every file, and for nothing else', () => {
      const all = [...stack().all('AWS::Lambda::Function').values()].map(it => it.FunctionName)
      expect(all.sort()).toEqual(names.map(name => `star-${name}`))
    })

    it.each(names)('%s runs on Node.js 24 and arm64, is traced, and knows where it is', name => {
      expect(lambda(name)).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        Timeout: 60,
        MemorySize: 256,
        TracingConfig: { Mode: 'Active' },
        Environment: {
          Variables: {
            STAR_EVENT_BUS: 'star',
            STAR_NODE_PROFILE: 'star-node-ap-northeast-1',
            STAR_STATE_MACHINE_PREFIX: 'arn:aws:states:ap-northeast-1:111122223333:stateMachine:',
          },
        },
      })
      expect(lambda(name).ReservedConcurrentExecutions).toBeUndefined()
    })

    it.each(names)('%s has a log of its own for 30 days, which goes with the stack', name => {
      const { LogGroup } = lambda(name).LoggingConfig
      expect(LogGroup).toBe(`/aws/lambda/star-${name}`)
      expect(stack().one('AWS::Logs::LogGroup', 'LogGroupName', LogGroup).RetentionInDays).toBe(30)
    })

    it.each(names)('%s may do what its line in permissions.ts says, write its log and send traces', name => {
      const { Calls = [], Telemetry, DeadLetters, ...others } = stack().policies(lambda(name).Role)
      expect(others).toEqual({})
      expect(Calls).toEqual(statementsOf(name, place))
      const logs = `arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/lambda/star-${name}:*`
      expect(Telemetry).toEqual([
        { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: [logs] },
        { Effect: 'Allow', Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: ['*'] },
      ])
      const isTarget = loadRules().some(({ target }) => target === name)
      expect(DeadLetters !== undefined).toBe(isTarget)
    })

    it('shares its role with no other', () => {
      const roles = [...stack().all('AWS::Lambda::Function').values()].map(({ Role }) => Role)
      expect(new Set(roles).size).toBe(roles.length)
    })
  })

  describe('a role', () => {
    it('has nothing but what is written in it: no managed policy, none attached from elsewhere', () => {
      expect(stack().all('AWS::IAM::Policy').size + stack().all('AWS::IAM::ManagedPolicy').size).toBe(0)
      for (const [id, role] of stack().all('AWS::IAM::Role')) expect(role.ManagedPolicyArns, id).toBeUndefined()
    })

    it('of a node lets the agent work, under the name that functions hand over', () => {
      const profile = stack().one('AWS::IAM::InstanceProfile', 'InstanceProfileName', 'star-node-ap-northeast-1')
      const [id] = profile.Roles
      const role = stack().all('AWS::IAM::Role').get(id)
      expect(role?.RoleName).toBe('star-node-ap-northeast-1')
      expect(role?.AssumeRolePolicyDocument.Statement).toMatchObject([{ Principal: { Service: 'ec2.amazonaws.com' } }])
      expect(stack().policies(id)).toEqual({ Agent: nodeStatements(place) })
    })
  })
}
