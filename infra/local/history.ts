/**
 * An execution's history in the words of Step Functions, written along while the interpreter runs it. What AWS has and
 * the interpreter has not is added: each event points back at the one before it on its thread (an iteration of a Map, a
 * branch of a Parallel), and a task is scheduled, started, submitted and ended within its state.
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

/** A task that runs: `key` is what it was given, by which what becomes of it is known. */
interface Open {
  state: string
  thread: string
  key: string
  resource: { resourceType: string; resource: string }
}

/** The name of a thread is the path to it: `/Both:0/Disks:3`; that of the execution itself is empty. */
export function recordHistory(definition: Definition, input: unknown, now: () => number) {
  const events: HistoryEvent[] = []
  const states = new Map(statesOf(definition).map(found => [found.name, found]))
  const branches = branchesOf(states)
  /** By thread: its latest event. By the path of a Map or Parallel: the event that says it has started. */
  const heads = new Map<string, number>()
  const starts = new Map<string, number>()
  const open: Open[] = []
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

  /** A Map inside of a Map could not be told apart: the interpreter gives one index. No machine has one. */
  const threadOf = (state: string, index = 0): string =>
    (states.get(state)?.inside ?? [])
      .map((name, depth, path) =>
        states.get(name)?.state.Type === 'Map'
          ? `/${name}:${index}`
          : `/${name}:${branches.get(path[depth + 1] ?? state)}`,
      )
      .join('')

  function schedule(state: string, thread: string, given: unknown): void {
    const { Resource = '', Parameters, InputPath, TimeoutSeconds } = states.get(state)?.state ?? {}
    const [resourceType = '', resource = ''] = Resource.split(':::')[1]?.split(/:(.*)/) ?? []
    const parameters = JSON.stringify(filled(Parameters, InputPath, given))
    const task = { resourceType, resource }
    const timeout = TimeoutSeconds === undefined ? {} : { timeoutInSeconds: TimeoutSeconds }
    goOn(thread, 'TaskScheduled', { taskScheduledEventDetails: { ...task, region, parameters, ...timeout } })
    goOn(thread, 'TaskStarted', { taskStartedEventDetails: task })
    open.push({ state, thread, key: parameters, resource: task })
  }

  /** The task of this state on this thread, which has ended now. */
  function close(state: string, thread: string): Open | undefined {
    const at = open.findIndex(task => task.state === state && task.thread === thread)
    return at < 0 ? undefined : open.splice(at, 1)[0]
  }

  function enter(type: string, state: string, thread: string, given: unknown): void {
    goOn(thread, `${type}StateEntered` as HistoryEventType, {
      stateEnteredEventDetails: { name: state, ...asInput(given) },
    })
    if (type === 'Task') schedule(state, thread, given)
    if (type !== 'Map' && type !== 'Parallel') return
    const { ItemsPath = '$' } = states.get(state)?.state ?? {}
    const length =
      type === 'Map' ? { mapStateStartedEventDetails: { length: lengthOf(filled('$', ItemsPath, given)) } } : {}
    starts.set(`${thread}/${state}`, goOn(thread, `${type}StateStarted` as HistoryEventType, length))
  }

  function exit(type: string, state: string, thread: string, output: unknown): void {
    const task = close(state, thread)
    if (task) {
      const raw = results.get(`${state} ${task.key}`)?.shift() ?? {}
      goOn(thread, 'TaskSucceeded', { taskSucceededEventDetails: { ...task.resource, ...asOutput(raw) } })
    }
    const isAround = type === 'Map' || type === 'Parallel'
    if (isAround && heads.get(thread) === starts.get(`${thread}/${state}`)) {
      const last = Math.max(
        ...[...heads].filter(([path]) => path.startsWith(`${thread}/${state}:`)).map(([, id]) => id),
      )
      heads.set(thread, Number.isFinite(last) ? last : headOf(thread))
      add(`${type}StateSucceeded` as HistoryEventType, headOf(thread))
    }
    goOn(thread, `${type}StateExited` as HistoryEventType, {
      stateExitedEventDetails: { name: state, ...asOutput(output) },
    })
  }

  function fail(type: string, state: string, thread: string, error: string, cause: string): void {
    const task = close(state, thread)
    if (task) {
      const details = { ...task.resource, error }
      failed =
        error === 'States.Timeout'
          ? goOn(thread, 'TaskTimedOut', { taskTimedOutEventDetails: details })
          : goOn(thread, 'TaskFailed', { taskFailedEventDetails: { ...details, cause } })
    }
    if (type !== 'Map' && type !== 'Parallel') return
    abortInside(`${thread}/${state}:`)
    heads.set(thread, add(`${type}StateFailed` as HistoryEventType, failed))
  }

  /** What ran beside what failed. */
  function abortInside(path: string): void {
    for (const task of [...open]) {
      if (!task.thread.startsWith(path)) continue
      close(task.state, task.thread)
      add('TaskStateAborted', failed)
      const [, name, index] = /\/([^/]+):(\d+)$/.exec(task.thread) ?? []
      if (states.get(name ?? '')?.state.Type !== 'Map') continue
      add('MapIterationAborted', failed, { mapIterationAbortedEventDetails: { name, index: Number(index) } })
    }
  }

  function ofIteration(event: Extract<Told, { parentState: object; index: number }>): void {
    const { name } = event.parentState
    const thread = `${threadOf(name)}/${name}:${event.index}`
    const details = { name, index: event.index }
    if (event.type === 'MapIterationStarted') goOn(thread, event.type, { mapIterationStartedEventDetails: details })
    else if (event.type === 'MapIterationSucceeded')
      goOn(thread, event.type, { mapIterationSucceededEventDetails: details })
    else add('MapIterationFailed', headOf(thread), { mapIterationFailedEventDetails: details })
  }

  add('ExecutionStarted', 0, { executionStartedEventDetails: { ...asInput(input), roleArn: 'arn:aws:iam::local' } })
  return {
    events: (): readonly HistoryEvent[] => events,
    add(event: Told): void {
      if ('parentState' in event) {
        if ('index' in event) ofIteration(event)
        return
      }
      if (!('state' in event)) return
      const { name, input, output } = event.state
      const thread = threadOf(name, event.index)
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
    submitted(state: string, parameters: unknown, answer: object): void {
      const key = JSON.stringify(parameters)
      const task = open.find(task => task.state === state && task.key === key)
      if (task)
        goOn(task.thread, 'TaskSubmitted', { taskSubmittedEventDetails: { ...task.resource, ...asOutput(answer) } })
    },
    /** What a task answered. */
    answered(state: string, parameters: unknown, answer: unknown): void {
      const key = `${state} ${JSON.stringify(parameters)}`
      results.set(key, [...(results.get(key) ?? []), answer])
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
const lengthOf = (value: unknown) => (Array.isArray(value) ? value.length : 0)

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
