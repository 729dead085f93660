import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { describe, expect, it } from 'vitest'
import { createTranslator } from '../../cli/aws/translate.ts'

const arn = (machine: string, name: string) => `arn:aws:states:eu-central-1:111122223333:execution:${machine}:${name}`

type Line = [previousEventId: number, type: HistoryEvent['type'], details?: object]
const data = { truncated: false }
const json = (value: unknown) => JSON.stringify(value)
const entered = (name: string, input: object = {}) => ({
  stateEnteredEventDetails: { name, input: json(input), inputDetails: data },
})
const exited = (name: string, output: unknown = {}) => ({
  stateExitedEventDetails: { name, output: json(output), outputDetails: data },
})
const lambda = { resourceType: 'lambda', resource: 'invoke' }
const nested = { resourceType: 'states', resource: 'startExecution.sync:2' }
const scheduled = (Payload: object = {}) => ({
  taskScheduledEventDetails: { ...lambda, region: 'eu-central-1', parameters: json({ FunctionName: 'f', Payload }) },
})
const failed = (error: string, cause: string, of: object = lambda) => ({
  taskFailedEventDetails: { ...of, error, cause },
})

/** Each line one second after the one before; ids are counted from 1. What has no name is left out of the answer. */
function translate(machine: string, lines: Line[]) {
  const translator = createTranslator({ machine, name: 'x1' })
  const history = lines.map(
    ([previousEventId, type, details], i): HistoryEvent => ({
      id: i + 1,
      previousEventId,
      type,
      timestamp: new Date((i + 1) * 1_000),
      ...details,
    }),
  )
  const translated = history.map(event => translator.add(event))
  const events = translated.flatMap(one => one.events)
  return {
    events,
    brief: events.map(({ at, kind, state, machine: of, error }) =>
      [at / 1_000, kind, state ?? of, error].filter(word => word !== undefined).join(' '),
    ),
    started: translated.flatMap(one => one.started),
    ended: translated.flatMap(one => one.ended),
    end: translated.at(-1)?.end,
  }
}

const begun: Line = [0, 'ExecutionStarted', { executionStartedEventDetails: { input: json({ array: 'a1' }) } }]

describe('the history of an execution on AWS', () => {
  it('tells of states and of the end, with what came out of them', () => {
    const { brief, events, end } = translate('provision-array', [
      begun,
      [0, 'TaskStateEntered', entered('LockArray')],
      [2, 'TaskScheduled', scheduled()],
      [3, 'TaskStarted', { taskStartedEventDetails: lambda }],
      [4, 'TaskSucceeded', { taskSucceededEventDetails: { ...lambda, output: '{"Payload":{}}', outputDetails: data } }],
      [5, 'TaskStateExited', exited('LockArray', { locked: true })],
      [6, 'ChoiceStateEntered', entered('IsReady')],
      [7, 'ChoiceStateExited', exited('IsReady')],
      [8, 'ExecutionSucceeded', { executionSucceededEventDetails: { output: '{"array":"a1"}', outputDetails: data } }],
    ])
    expect(brief).toEqual([
      '1 execution-started provision-array',
      '2 state-entered LockArray',
      '6 state-exited LockArray',
      '7 state-entered IsReady',
      '8 state-exited IsReady',
      '9 execution-ended provision-array',
    ])
    expect(events[2]).toMatchObject({ execution: 'x1', machine: 'provision-array', output: { locked: true } })
    expect(end).toEqual({ status: 'SUCCEEDED', output: { array: 'a1' } })
  })

  it('keeps branches apart, whatever the order in which they go on', () => {
    const { brief } = translate('configure-array', [
      begun,
      [0, 'ParallelStateEntered', entered('Both')],
      [2, 'ParallelStateStarted'],
      [3, 'TaskStateEntered', entered('PrepareHosts')],
      [3, 'TaskStateEntered', entered('PrepareControllers')],
      [4, 'TaskScheduled', scheduled()],
      [5, 'TaskScheduled', scheduled()],
      [7, 'TaskStateExited', exited('PrepareControllers')],
      [8, 'TaskStateEntered', entered('PlanTrust')],
      [6, 'TaskStateExited', exited('PrepareHosts')],
      [9, 'TaskStateExited', exited('PlanTrust')],
      [11, 'ParallelStateSucceeded'],
      [11, 'ParallelStateExited', exited('Both')],
      [13, 'PassStateEntered', entered('Done')],
    ])
    expect(brief.slice(1)).toEqual([
      '2 state-entered Both',
      '4 state-entered PrepareHosts',
      '5 state-entered PrepareControllers',
      '8 state-exited PrepareControllers',
      '9 state-entered PlanTrust',
      '10 state-exited PrepareHosts',
      '11 state-exited PlanTrust',
      '13 state-exited Both',
      '14 state-entered Done',
    ])
  })

  it('knows a retry by what is scheduled after a failure, and a catch by the state being left', () => {
    const { brief } = translate('provision-array', [
      begun,
      [0, 'TaskStateEntered', entered('LockArray')],
      [2, 'TaskScheduled', scheduled()],
      [3, 'TaskFailed', failed('LockContended', '{"errorType":"LockContended","errorMessage":"let go"}')],
      [4, 'TaskScheduled', scheduled()],
      [5, 'TaskTimedOut', { taskTimedOutEventDetails: { ...lambda, error: 'States.Timeout' } }],
      [6, 'TaskStateExited', exited('LockArray')],
      [7, 'TaskStateEntered', entered('EndFailed')],
      [8, 'TaskScheduled', scheduled()],
      [9, 'TaskFailed', failed('TypeError', '{}')],
      [10, 'ExecutionFailed', { executionFailedEventDetails: { error: 'TypeError', cause: '{}' } }],
    ])
    expect(brief.slice(1)).toEqual([
      '2 state-entered LockArray',
      '4 state-failed LockArray LockContended',
      '5 state-retried LockArray',
      '6 state-failed LockArray States.Timeout',
      '7 state-caught LockArray',
      '7 state-exited LockArray',
      '8 state-entered EndFailed',
      '10 state-failed EndFailed TypeError',
      '11 execution-ended provision-array TypeError',
    ])
  })

  it('takes the failure of a Parallel from inside of it', () => {
    const cause = '{"errorType":"CloudRefused","errorMessage":"no"}'
    const { brief, events } = translate('configure-array', [
      begun,
      [0, 'ParallelStateEntered', entered('Both')],
      [2, 'ParallelStateStarted'],
      [3, 'ParallelStateEntered', entered('Inner')],
      [4, 'ParallelStateStarted'],
      [3, 'WaitStateEntered', entered('Wait')],
      [5, 'TaskStateEntered', entered('PlanTrust')],
      [7, 'TaskScheduled', scheduled()],
      [8, 'TaskFailed', failed('CloudRefused', cause)],
      [9, 'ParallelStateFailed'],
      [9, 'WaitStateAborted'],
      [10, 'ParallelStateFailed'],
      [12, 'ParallelStateExited', exited('Both')],
      [13, 'PassStateEntered', entered('Undo')],
    ])
    expect(brief.slice(5)).toEqual([
      '9 state-failed PlanTrust CloudRefused',
      '10 state-failed Inner CloudRefused',
      '12 state-failed Both CloudRefused',
      '13 state-caught Both',
      '13 state-exited Both',
      '14 state-entered Undo',
    ])
    expect(events[7]).toMatchObject({ cause })
  })
})

describe('nested executions', () => {
  const start = (input: object, machine: string): object => ({
    taskScheduledEventDetails: {
      ...nested,
      region: 'eu-central-1',
      parameters: json({
        Input: input,
        StateMachineArn: `arn:aws:states:eu-central-1:111122223333:stateMachine:${machine}`,
      }),
    },
  })
  const submitted = (executionArn: string) => ({
    taskSubmittedEventDetails: {
      ...nested,
      output: json({ ExecutionArn: executionArn, SdkHttpMetadata: { HttpStatusCode: 200 }, StartDate: 1763899200000 }),
      outputDetails: data,
    },
  })
  const begin = (machine: string, name: string, input: object): Line[] => [
    begun,
    [0, 'TaskStateEntered', entered('Step', input)],
    [2, 'TaskScheduled', start(input, machine)],
    [3, 'TaskStarted', { taskStartedEventDetails: nested }],
    [4, 'TaskSubmitted', submitted(arn(machine, name))],
  ]

  it('are told of by their ARN, so that their own history is read', () => {
    const { started, ended, brief } = translate('provision-array', [
      ...begin('create-resources', 'c1', { request: {} }),
      [
        5,
        'TaskSucceeded',
        { taskSucceededEventDetails: { ...nested, output: json({ Status: 'SUCCEEDED', Output: {} }) } },
      ],
    ])
    expect(started).toEqual([{ arn: arn('create-resources', 'c1'), machine: 'create-resources', name: 'c1' }])
    expect(ended).toEqual([arn('create-resources', 'c1')])
    expect(brief.filter(line => line.includes('execution'))).toHaveLength(1)
  })

  it('that failed, or took too long, have ended too', () => {
    const run = ['run-documents', 'd1', { runs: [] }] as const
    const described = { ExecutionArn: arn('run-documents', 'd1'), Status: 'FAILED', Error: 'DocumentFailed' }
    for (const line of [
      [5, 'TaskFailed', failed('States.TaskFailed', json(described), nested)],
      [5, 'TaskTimedOut', { taskTimedOutEventDetails: { ...nested, error: 'States.Timeout' } }],
    ] as Line[]) {
      const { ended, events } = translate('export-luns', [...begin(...run), line])
      expect(ended).toEqual([arn('run-documents', 'd1')])
      expect(events.at(-1)).toMatchObject({ kind: 'state-failed', state: 'Step' })
    }
  })

  it('an end without success is told as the command knows it', () => {
    const end = (line: Line) => translate('stop-array', [begun, line]).end
    expect(end([0, 'ExecutionAborted', { executionAbortedEventDetails: {} }])).toEqual({ status: 'ABORTED' })
    expect(end([0, 'ExecutionTimedOut', { executionTimedOutEventDetails: {} }])).toEqual({
      status: 'FAILED',
      error: 'States.Timeout',
    })
    expect(end([0, 'ExecutionFailed', { executionFailedEventDetails: { error: 'ArrayBusy', cause: 'a1' } }])).toEqual({
      status: 'FAILED',
      error: 'ArrayBusy',
      cause: 'a1',
    })
  })
})
