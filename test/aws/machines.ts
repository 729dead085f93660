// @ts-expect-error: it comes without types
import validate from 'asl-validator'
import { describe, expect, it } from 'vitest'
import { type Definition, definitionText, machineNames, statesOf } from '../../infra/definitions.ts'
import { loadDefinition } from '../../infra/local/definitions.ts'
import type { Deployed, Properties } from './template.ts'

const arnOf = (kind: 'function' | 'machine', name: string) =>
  kind === 'function'
    ? `arn:aws:lambda:ap-northeast-1:111122223333:function:star-${name}`
    : `arn:aws:states:ap-northeast-1:111122223333:stateMachine:${name}`

/** What CloudFormation makes of it. */
function definitionOf({ DefinitionString, DefinitionSubstitutions }: Properties): Definition {
  return JSON.parse(DefinitionString.replace(/\$\{(\w+)\}/g, (_: string, key: string) => DefinitionSubstitutions[key]))
}

/** Functions and children, as the definition names them. */
function named(definition: Definition): { functions: string[]; children: string[] } {
  const parameters = statesOf(definition).map(({ state }) => state.Parameters ?? {})
  return {
    functions: [...new Set(parameters.flatMap(({ FunctionName }) => FunctionName ?? []))].sort(),
    children: [...new Set(parameters.flatMap(({ StateMachineArn }) => StateMachineArn ?? []))].sort(),
  }
}

export const describeMachines = (stack: () => Deployed) =>
  describe('a state machine', () => {
    const machine = (name: string) => stack().one('AWS::StepFunctions::StateMachine', 'StateMachineName', name)

    it('is there for every file, and for nothing else', () => {
      const names = [...stack().all('AWS::StepFunctions::StateMachine').values()].map(it => it.StateMachineName)
      expect(names.sort()).toEqual(machineNames())
    })

    it.each(machineNames())('%s is the file’s own text, every name in it leads to what the local cloud runs', name => {
      const it = machine(name)
      expect(it.DefinitionString).toBe(definitionText(name))
      const onAws = definitionOf(it)
      expect(validate(onAws, { checkArn: true, checkPaths: true }).errorsText('\n')).toBe('')
      const here = statesOf(loadDefinition(name)).map(({ state }) => state.Parameters ?? {})
      const there = statesOf(onAws).map(({ state }) => state.Parameters ?? {})
      const last = (arn: string) => arn.split(':').at(-1) ?? ''
      expect(there.map(({ FunctionName }) => FunctionName)).toEqual(
        here.map(({ FunctionName }) => FunctionName && arnOf('function', last(FunctionName))),
      )
      expect(there.map(({ StateMachineArn }) => StateMachineArn)).toEqual(
        here.map(({ StateMachineArn }) => StateMachineArn && arnOf('machine', last(StateMachineArn))),
      )
      expect(Object.keys(it.DefinitionSubstitutions).length).toBe(new Set(it.DefinitionString.match(/\$\{\w+\}/g)).size)
    })

    it.each(machineNames())('%s may call and start just what it names', name => {
      const { RoleArn } = machine(name)
      const { functions, children } = named(definitionOf(machine(name)))
      const { Steps = [], Telemetry, ...others } = stack().policies(RoleArn)
      expect(others).toEqual({})
      const allowed = Object.fromEntries(
        Steps.flatMap(({ Action, Resource }) => Action.map((action: string) => [action, [...Resource].sort()])),
      )
      const executions = children.map(arn => `${arn.replace(':stateMachine:', ':execution:')}:*`)
      const rule = 'arn:aws:events:ap-northeast-1:111122223333:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule'
      expect(allowed).toEqual({
        ...(functions.length > 0 && { 'lambda:InvokeFunction': functions }),
        ...(children.length > 0 && {
          'states:StartExecution': children,
          'states:DescribeExecution': executions,
          'states:StopExecution': executions,
          'events:PutTargets': [rule],
          'events:PutRule': [rule],
          'events:DescribeRule': [rule],
        }),
      })
      const telemetry = Telemetry?.flatMap(({ Action }) => Action) ?? []
      expect(telemetry.filter(action => !/^(logs|xray):/.test(action))).toEqual([])
    })

    it('waits for the children that it starts, in the one way that its role knows', () => {
      for (const name of machineNames()) {
        for (const { name: state, state: task } of statesOf(definitionOf(machine(name)))) {
          if (task.Type !== 'Task') continue
          const resource = task.Parameters?.StateMachineArn
            ? 'arn:aws:states:::states:startExecution.sync:2'
            : 'arn:aws:states:::lambda:invoke'
          expect(task.Resource, `${name}: ${state}`).toBe(resource)
        }
      }
    })

    it('never comes to itself by those it starts', () => {
      const children = new Map(
        machineNames().map(name => [arnOf('machine', name), named(definitionOf(machine(name))).children]),
      )
      const visit = (arn: string, above: string[]): void => {
        expect(above).not.toContain(arn)
        for (const child of children.get(arn) ?? []) visit(child, [...above, arn])
      }
      for (const arn of children.keys()) visit(arn, [])
    })

    it('keeps its history, is traced, and logs what failed for 30 days', () => {
      for (const it of stack().all('AWS::StepFunctions::StateMachine').values()) {
        expect(it).toMatchObject({
          StateMachineType: 'STANDARD',
          TracingConfiguration: { Enabled: true },
          LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: true },
        })
        const [{ CloudWatchLogsLogGroup }] = it.LoggingConfiguration.Destinations
        const logGroup = CloudWatchLogsLogGroup.LogGroupArn.split(':').at(-2)
        expect(stack().one('AWS::Logs::LogGroup', 'LogGroupName', logGroup).RetentionInDays).toBe(30)
      }
    })

    it('acts for this account alone', () => {
      for (const { RoleArn } of stack().all('AWS::StepFunctions::StateMachine').values()) {
        const role = stack().all('AWS::IAM::Role').get(RoleArn.split('/').at(-1))
        expect(role?.AssumeRolePolicyDocument.Statement).toEqual([
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'states.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
          },
        ])
      }
    })
  })
