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
const iteration = (name: string, index: number) => ({ name, index })

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
    brief: events.map(({ at, kind, state, label, machine: of, error }) =>
      [at / 1_000, kind, state ?? of, label, error].filter(word => word !== undefined).join(' '),
    ),
    started: translated.flatMap(one => one.started),
    ended: translated.flatMap(one => one.ended),
    end: translated.at(-1)?.end,
  }
}

const begun: Line = [0, 'ExecutionStarted', { executionStartedEventDetails: { input: json({ array: 'a1' }) } }]

describe('the history of an execution on AWS', () => {
  it('tells of states, with what they are about, and of the end with its output', () => {
    const { brief, events, end } = translate('provision-array', [
      begun,
      [0, 'TaskStateEntered', entered('AttachDisk', { item: { disk: 'a1-disk1', node: 'a1-ctl1' } })],
      [2, 'TaskScheduled', scheduled()],
      [3, 'TaskStarted', { taskStartedEventDetails: lambda }],
      [4, 'TaskSucceeded', { taskSucceededEventDetails: { ...lambda, output: '{"Payload":{}}', outputDetails: data } }],
      [5, 'TaskStateExited', exited('AttachDisk', { attached: true })],
      [6, 'ChoiceStateEntered', entered('IsReady')],
      [7, 'ChoiceStateExited', exited('IsReady')],
      [8, 'ExecutionSucceeded', { executionSucceededEventDetails: { output: '{"array":"a1"}', outputDetails: data } }],
    ])
    expect(brief).toEqual([
      '1 execution-started provision-array',
      '2 state-entered AttachDisk a1-disk1 → a1-ctl1',
      '6 state-exited AttachDisk a1-disk1 → a1-ctl1',
      '7 state-entered IsReady',
      '8 state-exited IsReady',
      '9 execution-ended provision-array',
    ])
    expect(events[2]).toMatchObject({ execution: 'x1', machine: 'provision-array', output: { attached: true } })
    expect(end).toEqual({ status: 'SUCCEEDED', output: { array: 'a1' } })
  })

  it('keeps iterations of a Map apart, whatever the order in which they go on', () => {
    const item = (node: string) => entered('CreateInstance', { item: { node } })
    const { brief } = translate('create-resources', [
      begun,
      [0, 'MapStateEntered', entered('Machines', { plan: {} })],
      [2, 'MapStateStarted', { mapStateStartedEventDetails: { length: 3 } }],
      [3, 'MapIterationStarted', { mapIterationStartedEventDetails: iteration('Machines', 0) }],
      [3, 'MapIterationStarted', { mapIterationStartedEventDetails: iteration('Machines', 1) }],
      [5, 'TaskStateEntered', item('n2')],
      [4, 'TaskStateEntered', item('n1')],
      [6, 'TaskScheduled', scheduled()],
      [7, 'TaskScheduled', scheduled()],
      [8, 'TaskStateExited', exited('CreateInstance')],
      [10, 'MapIterationSucceeded', { mapIterationSucceededEventDetails: iteration('Machines', 1) }],
      // With MaxConcurrency the next one goes on from where another one ended.
      [10, 'MapIterationStarted', { mapIterationStartedEventDetails: iteration('Machines', 2) }],
      [12, 'TaskStateEntered', item('n3')],
      [9, 'TaskStateExited', exited('CreateInstance')],
      [13, 'TaskStateExited', exited('CreateInstance')],
      [15, 'MapIterationSucceeded', { mapIterationSucceededEventDetails: iteration('Machines', 2) }],
      [16, 'MapStateSucceeded'],
      [16, 'MapStateExited', exited('Machines')],
      [18, 'PassStateEntered', entered('Done')],
    ])
    expect(brief.slice(1)).toEqual([
      '2 state-entered Machines',
      '6 state-entered CreateInstance n2',
      '7 state-entered CreateInstance n1',
      '10 state-exited CreateInstance n2',
      '13 state-entered CreateInstance n3',
      '14 state-exited CreateInstance n1',
      '15 state-exited CreateInstance n3',
      '18 state-exited Machines',
      '19 state-entered Done',
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

  it('takes the failure of a Map or a Parallel from inside of it', () => {
    const cause = '{"errorType":"CloudRefused","errorMessage":"no"}'
    const { brief, events } = translate('create-resources', [
      begun,
      [0, 'ParallelStateEntered', entered('Both')],
      [2, 'ParallelStateStarted'],
      [3, 'MapStateEntered', entered('Disks')],
      [4, 'MapStateStarted', { mapStateStartedEventDetails: { length: 1 } }],
      [5, 'MapIterationStarted', { mapIterationStartedEventDetails: iteration('Disks', 0) }],
      [3, 'WaitStateEntered', entered('Wait')],
      [6, 'TaskStateEntered', entered('CreateDisk', { item: { disk: 'd1' } })],
      [8, 'TaskScheduled', scheduled()],
      [9, 'TaskFailed', failed('CloudRefused', cause)],
      [10, 'MapIterationFailed', { mapIterationFailedEventDetails: iteration('Disks', 0) }],
      [10, 'MapStateFailed'],
      [10, 'WaitStateAborted'],
      [12, 'ParallelStateFailed'],
      [14, 'ParallelStateExited', exited('Both')],
      [15, 'PassStateEntered', entered('Undo')],
    ])
    expect(brief.slice(5)).toEqual([
      '10 state-failed CreateDisk d1 CloudRefused',
      '12 state-failed Disks CloudRefused',
      '14 state-failed Both CloudRefused',
      '15 state-caught Both',
      '15 state-exited Both',
      '16 state-entered Undo',
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
