import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { describe, expect, it } from 'vitest'
import type { Statement } from '../../infra/aws/permissions.ts'
import { createRole } from '../../infra/aws/roles.ts'
import type { Synthesis } from '../../infra/aws/synth.ts'

export const describeNag = (synthesis: () => Synthesis) =>
  describe('cdk-nag', () => {
    it('finds nothing in the stack that has no reason, nor do CloudFormation’s own rules', () => {
      const report = readFileSync(join(synthesis().assembly.directory, 'validation-report.json'), 'utf8')
      expect(JSON.parse(report).pluginReports).toEqual([])
    })

    it.each<[string, Statement]>([
      ['every call of a service', { Effect: 'Allow', Action: ['ec2:*'], Resource: ['*'] }],
      ['a call that could name its resource', { Effect: 'Allow', Action: ['ec2:StopInstances'], Resource: ['*'] }],
      [
        'a change to what does not carry the tag',
        { Effect: 'Allow', Action: ['ec2:StopInstances'], Resource: ['arn:aws:ec2:eu-west-1:1:instance/*'] },
      ],
      [
        'any image at all',
        { Effect: 'Allow', Action: ['ec2:RunInstances'], Resource: ['arn:aws:ec2:eu-west-1::image/*'] },
      ],
      ['every parameter', { Effect: 'Allow', Action: ['ssm:GetParameter'], Resource: ['arn:aws:ssm:::parameter/*'] }],
    ])('takes %s for a finding', (_, statement) => {
      const stack = new Stack(new App(), 'Some')
      const policies = () => ({ Calls: [statement] })
      createRole(stack, 'Role', { service: 'lambda.amazonaws.com', description: '', policies })
      const { violations } = new AwsSolutionsChecks().validateScope(stack)
      expect(violations.map(({ ruleName }) => ruleName)).toContainEqual(expect.stringMatching(/^AwsSolutions-IAM5/))
    })

    it('is not silenced by the reason of another statement with the same resource', () => {
      const stack = new Stack(new App(), 'Some')
      const resource = 'arn:aws:ec2:eu-west-1:1:instance/*'
      const statements: Statement[] = [
        {
          Effect: 'Allow',
          Action: ['ec2:StopInstances'],
          Resource: [resource],
          Condition: { Null: { 'aws:ResourceTag/star:array': 'false' } },
        },
        { Effect: 'Allow', Action: ['ec2:TerminateInstances'], Resource: [resource] },
      ]
      const findings = (given: Statement[], id: string) => {
        createRole(stack, id, { service: 'lambda.amazonaws.com', description: '', policies: () => ({ Calls: given }) })
        return new AwsSolutionsChecks().validateScope(stack.node.findChild(id)).violations.length
      }
      expect(findings(statements.slice(0, 1), 'Explained')).toBe(0)
      expect(findings(statements, 'Both')).toBe(1)
    })
  })
