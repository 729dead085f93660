// @ts-expect-error: it comes without types
import validate from 'asl-validator'
import { describe, expect, it } from 'vitest'
import {
  type Definition,
  definitionText,
  isExpress,
  machineNames,
  RESOURCES,
  statesOf,
} from '../../infra/definitions.ts'
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

/** Functions, children that are followed, and those that only are waited for, as the definition names them. */
function named(definition: Definition) {
  const states = statesOf(definition).map(({ state }) => state)
  const startedBy = (resource: string) =>
    states.flatMap(({ Resource, Parameters }) => (Resource === resource && Parameters?.StateMachineArn) || [])
  return {
    functions: [...new Set(states.flatMap(({ Parameters }) => Parameters?.FunctionName ?? []))].sort(),
    children: [...new Set(startedBy(RESOURCES.standard))].sort(),
    express: [...new Set(startedBy(RESOURCES.express))].sort(),
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
      const { functions, children, express } = named(definitionOf(machine(name)))
      const { Steps = [], Telemetry, ...others } = stack().policies(RoleArn)
      expect(others).toEqual({})
      const allowed = Object.fromEntries(
        Steps.flatMap(({ Action, Resource }) => Action.map((action: string) => [action, [...Resource].sort()])),
      )
      const executions = children.map(arn => `${arn.replace(':stateMachine:', ':execution:')}:*`)
      const rule = 'arn:aws:events:ap-northeast-1:111122223333:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule'
      expect(allowed).toEqual({
        ...(functions.length > 0 && { 'lambda:InvokeFunction': functions }),
        ...(express.length > 0 && { 'states:StartSyncExecution': express }),
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

    it('waits for the children that it starts, in the way that there is for workflows of their type', () => {
      for (const name of machineNames()) {
        for (const { name: state, state: task } of statesOf(definitionOf(machine(name)))) {
          if (task.Type !== 'Task') continue
          const child = task.Parameters?.StateMachineArn?.split(':').at(-1)
          const type = child && machine(child).StateMachineType === 'EXPRESS' ? 'express' : 'standard'
          expect(task.Resource, `${name}: ${state}`).toBe(RESOURCES[child ? type : 'function'])
        }
      }
    })

    it('is Express where it only watches: nobody could stop it, so it has nothing that changes anything', () => {
      const express = machineNames().filter(name => machine(name).StateMachineType === 'EXPRESS')
      expect(express).toEqual(machineNames().filter(isExpress))
      expect(express).toEqual(['watch-documents'])
      for (const name of express) {
        const { functions, children } = named(definitionOf(machine(name)))
        expect(children).toEqual([])
        for (const arn of functions) {
          const { Role } = stack().one('AWS::Lambda::Function', 'FunctionName', arn.split(':').at(-1))
          const allowed = Object.values(stack().policies(Role)).flatMap(statements =>
            statements.flatMap(it => it.Action),
          )
          expect(allowed.filter(action => !/^(ec2|ssm):(Describe|Get|List)|^(logs|xray):/.test(action))).toEqual([])
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
