// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the definitions' own placeholders
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
// @ts-expect-error: it comes without types
import validate from 'asl-validator'
import { describe, expect, test } from 'vitest'
import { substitute } from '../../infra/local/definitions.ts'
import { loadRules } from '../../infra/local/event-rules.ts'
import { violationsOf } from './subset.ts'

const root = join(import.meta.dirname, '../..')
const files = readdirSync(join(root, 'statemachines'))
const textOf = (file: string) => readFileSync(join(root, 'statemachines', file), 'utf8')

describe.each(files)('%s', file => {
  const definition = JSON.parse(substitute(textOf(file)))

  test('is valid Amazon States Language, with every name resolved', () => {
    const { isValid, errorsText } = validate(definition, { checkArn: true, checkPaths: true })

    expect(errorsText('\n')).toBe('')
    expect(isValid).toBe(true)
    expect(JSON.stringify(definition)).not.toContain('${')
  })

  test('keeps to the subset that means the same on both clouds', () => {
    expect(violationsOf(JSON.parse(textOf(file)))).toEqual([])
  })

  test('says what it is for', () => {
    expect(definition.Comment).toMatch(/\w/)
  })
})

/** Functions that the API and timers call. */
const entrances = ['handle-api', 'apply-schedules', 'watch-arrays']
const placeholder = (name: string) => `\${${name.replace(/(^|-)(\w)/g, (_, __, letter) => letter.toUpperCase())}}`

test('every function is used by a state machine or from outside, and every name in one is a function or a machine', () => {
  const used = new Set(files.flatMap(file => textOf(file).match(/\$\{\w+\}/g) ?? []))
  for (const name of [...loadRules().map(({ target }) => target), ...entrances]) used.add(placeholder(name))
  const functions = readdirSync(join(root, 'functions')).filter(file => file.endsWith('.ts'))
  const names = functions.map(file => placeholder(file.replace('.ts', '')))

  expect(names.filter(name => !used.has(name))).toEqual([])
  expect(() => substitute('${NoSuchFunction}')).toThrow('${NoSuchFunction} is neither')
})

describe('the subset', () => {
  const task = {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: '${X}', Payload: {} },
    ResultPath: null,
    Retry: [
      {
        ErrorEquals: [
          'Lambda.ServiceException',
          'Lambda.AWSLambdaException',
          'Lambda.SdkClientException',
          'Lambda.TooManyRequestsException',
        ],
      },
    ],
    End: true,
  }
  const nested = {
    ...task,
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Parameters: { StateMachineArn: '${XMachine}' },
  }
  const pass = { Type: 'Pass', End: true }

  test.each<[string, object, string]>([
    ['JSONata', { ...task, QueryLanguage: 'JSONata' }, 'QueryLanguage is outside the subset'],
    ['Assign', { ...task, Assign: { a: 1 } }, 'Assign is outside the subset'],
    ['a constant Result', { Type: 'Pass', Result: 0, End: true }, 'Result is outside the subset'],
    ['a task token', { ...task, Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }, 'outside the subset'],
    ['a wait of 30 days', { Type: 'Wait', Seconds: 2_592_000, End: true }, 'is too long'],
    [
      'an unguarded choice',
      { Type: 'Choice', Choices: [{ Variable: '$.a', BooleanEquals: true, Next: 'X' }], Default: 'X' },
      'without IsPresent',
    ],
    ['a search', { ...task, ResultPath: '$..a' }, 'not a plain path'],
    [
      'an intrinsic',
      { ...task, Parameters: { FunctionName: '${X}', Payload: { 'a.$': "States.Format('x')" } } },
      'not a plain path',
    ],
    [
      'the state of the execution',
      { ...task, Parameters: { FunctionName: '${X}', Payload: { 'a.$': '$$.State.Name' } } },
      'not known locally',
    ],
    ['a whole reply', { ...task, ResultPath: '$.all' }, 'the whole reply of Lambda goes on'],
    ['no retry', { ...task, Retry: [] }, 'Lambda.ServiceException is not retried'],
    ['a retry of everything', { ...task, Retry: [{ ErrorEquals: ['States.ALL'] }] }, 'retries what it does not know'],
    ['a nested execution for ever', nested, 'without a deadline'],
    [
      'a Map',
      { Type: 'Map', ItemProcessor: { StartAt: 'I', States: { I: pass } }, End: true },
      'Map is outside the subset',
    ],
    [
      'a name that is used twice',
      { Type: 'Parallel', Branches: [{ StartAt: 'X', States: { X: pass } }], End: true },
      'its name is used twice',
    ],
    ['a silent failure', { Type: 'Fail' }, 'does not say why'],
  ])('refuses %s', (_, state, rule) => {
    const found = violationsOf({ StartAt: 'First', States: { First: { Type: 'Pass', Next: 'X' }, X: state } })

    expect(found.map(violation => violation.rule).join('\n')).toContain(rule)
  })

  test('refuses the execution context anywhere but at the start', () => {
    const reading = { Type: 'Pass', Parameters: { 'a.$': '$$.Execution.Id' }, End: true }

    expect(violationsOf({ StartAt: 'X', States: { X: reading } })).toEqual([])
    expect(violationsOf({ StartAt: 'Y', States: { X: reading, Y: { Type: 'Succeed' } } })).toHaveLength(1)
  })
})
