/**
 * An execution's history in the words of Step Functions, written along while the interpreter runs it. What AWS has and
 * the interpreter has not is added: each event points back at the one before it on its thread (a branch of a Parallel),
 * and a task is scheduled, started, submitted and ended within its state.
 */
import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn'
import type { StateMachine } from 'aws-local-stepfunctions'
import { type Definition, type FoundState, statesOf } from '../definitions.ts'
import { region } from './ec2-network.ts'
import { filled } from './history-data.ts'

type Told = ReturnType<StateMachine['run']>['eventLogs'] extends AsyncGenerator<infer Event> ? Event : never

interface Ending {
  status: 'SUCCEEDED' | 'FAILED' | 'ABORTED'
  output?: unknown
  error?: string | undefined
  cause?: string | undefined
}

/** A task that runs. */
interface Open {
  thread: string
  resource: { resourceType: string; resource: string }
}

/** The name of a thread is the path to it: `/Both:0/Inner:1`; that of the execution itself is empty. */
export function recordHistory(definition: Definition, input: unknown, now: () => number) {
  const events: HistoryEvent[] = []
  const states = new Map(statesOf(definition).map(found => [found.name, found]))
  const branches = branchesOf(states)
  /** By thread: its latest event. By the path of a Parallel: the event that says it has started. */
  const heads = new Map<string, number>()
  const starts = new Map<string, number>()
  /** By state: none has two tasks at once. */
  const open = new Map<string, Open>()
  const results = new Map<string, unknown[]>()
  let failed = 0

  function add(type: HistoryEventType, previousEventId: number, details: object = {}): number {
    const id = events.length + 1
    events.push({ id, previousEventId, type, timestamp: new Date(now()), ...details })
    return id
  }
  const headOf = (thread: string) => heads.get(thread) ?? starts.get(thread.replace(/:\d+$/, '')) ?? 0
  const goOn = (thread: string, type: HistoryEventType, details?: object) =>
    heads.set(thread, add(type, headOf(thread), details)).get(thread) as number

  const threadOf = (state: string): string =>
    (states.get(state)?.inside ?? [])
      .map((name, depth, path) => `/${name}:${branches.get(path[depth + 1] ?? state)}`)
      .join('')

  function schedule(state: string, thread: string, given: unknown): void {
    const { Resource = '', Parameters, InputPath, TimeoutSeconds } = states.get(state)?.state ?? {}
    const [resourceType = '', resource = ''] = Resource.split(':::')[1]?.split(/:(.*)/) ?? []
    const parameters = JSON.stringify(filled(Parameters, InputPath, given))
    const task = { resourceType, resource }
    const timeout = TimeoutSeconds === undefined ? {} : { timeoutInSeconds: TimeoutSeconds }
    goOn(thread, 'TaskScheduled', { taskScheduledEventDetails: { ...task, region, parameters, ...timeout } })
    goOn(thread, 'TaskStarted', { taskStartedEventDetails: task })
    open.set(state, { thread, resource: task })
  }

  /** The task of this state, which has ended now. */
  function close(state: string): Open | undefined {
    const task = open.get(state)
    open.delete(state)
    return task
  }

  function enter(type: string, state: string, thread: string, given: unknown): void {
    goOn(thread, `${type}StateEntered` as HistoryEventType, {
      stateEnteredEventDetails: { name: state, ...asInput(given) },
    })
    if (type === 'Task') schedule(state, thread, given)
    if (type === 'Parallel') starts.set(`${thread}/${state}`, goOn(thread, 'ParallelStateStarted'))
  }

  function exit(type: string, state: string, thread: string, output: unknown): void {
    const task = close(state)
    if (task) {
      const raw = results.get(state)?.shift() ?? {}
      goOn(thread, 'TaskSucceeded', { taskSucceededEventDetails: { ...task.resource, ...asOutput(raw) } })
    }
    if (type === 'Parallel' && heads.get(thread) === starts.get(`${thread}/${state}`)) {
      const ends = [...heads].filter(([path]) => path.startsWith(`${thread}/${state}:`)).map(([, id]) => id)
      const last = Math.max(...ends)
      heads.set(thread, last)
      add('ParallelStateSucceeded', last)
    }
    goOn(thread, `${type}StateExited` as HistoryEventType, {
      stateExitedEventDetails: { name: state, ...asOutput(output) },
    })
  }

  function fail(type: string, state: string, thread: string, error: string, cause: string): void {
    const task = close(state)
    if (task) {
      const details = { ...task.resource, error }
      failed =
        error === 'States.Timeout'
          ? goOn(thread, 'TaskTimedOut', { taskTimedOutEventDetails: details })
          : goOn(thread, 'TaskFailed', { taskFailedEventDetails: { ...details, cause } })
    }
    if (type !== 'Parallel') return
    abortInside(`${thread}/${state}:`)
    heads.set(thread, add('ParallelStateFailed', failed))
  }

  /** What ran beside what failed. */
  function abortInside(path: string): void {
    for (const [state, { thread }] of open) {
      if (!thread.startsWith(path)) continue
      close(state)
      add('TaskStateAborted', failed)
    }
  }

  add('ExecutionStarted', 0, { executionStartedEventDetails: { ...asInput(input), roleArn: 'arn:aws:iam::local' } })
  return {
    events: (): readonly HistoryEvent[] => events,
    add(event: Told): void {
      if (!('state' in event)) return
      const { name, input, output } = event.state
      const thread = threadOf(name)
      // In virtual time the interpreter takes waits for tasks.
      const type = states.get(name)?.state.Type ?? ''
      if (event.type === 'StateEntered') enter(type, name, thread, input)
      else if (event.type === 'StateExited') exit(type, name, thread, output)
      else if (event.type === 'StateRetried' && type === 'Task') schedule(name, thread, input)
      else if (event.type === 'StateFailed') {
        if (type === 'Fail') failed = headOf(thread)
        fail(type, name, thread, event.Error, asText(event.Cause))
      }
    },
    /** A task's nested execution was started. */
    submitted(state: string, answer: object): void {
      const task = open.get(state)
      if (task)
        goOn(task.thread, 'TaskSubmitted', { taskSubmittedEventDetails: { ...task.resource, ...asOutput(answer) } })
    },
    /** What a task answered. */
    answered(state: string, answer: unknown): void {
      results.set(state, [...(results.get(state) ?? []), answer])
    },
    end({ status, output, error, cause }: Ending): void {
      const last = headOf('')
      if (status === 'SUCCEEDED') add('ExecutionSucceeded', last, { executionSucceededEventDetails: asOutput(output) })
      else if (status === 'FAILED') add('ExecutionFailed', last, { executionFailedEventDetails: { error, cause } })
      else add('ExecutionAborted', 0, { executionAbortedEventDetails: { error, cause } })
    },
  }
}

export type History = ReturnType<typeof recordHistory>

const asText = (cause: unknown) => (typeof cause === 'string' ? cause : JSON.stringify(cause))
const whole = { truncated: false }
const asInput = (value: unknown) => ({ input: JSON.stringify(value ?? {}), inputDetails: whole })
const asOutput = (value: unknown) => ({ output: JSON.stringify(value ?? null), outputDetails: whole })

/** Which branch of the Parallel around it a state belongs to. */
function branchesOf(states: ReadonlyMap<string, FoundState>): Map<string, number> {
  const branches = new Map<string, number>()
  for (const { state } of states.values()) {
    for (const [i, branch] of (state.Branches ?? []).entries()) {
      for (const name of Object.keys(branch.States)) branches.set(name, i)
    }
  }
  return branches
}
