/**
 * From the history of an execution on AWS to the progress events that the local engine tells. Step Functions names a
 * state only where it is entered and left; each event between points back at the one before it on its thread, and a retry
 * or a catch is known only by what follows a failure.
 */
import type { HistoryEvent } from '@aws-sdk/client-sfn'
import type { ProgressEvent } from '../../infra/local/progress.ts'
import { type Child, childOf } from './children.ts'

/** Which execution a history belongs to; `parent` is the name of the one that started it. */
export interface Identity {
  machine: string
  name: string
  parent?: string
}

export interface End {
  status: 'SUCCEEDED' | 'FAILED' | 'ABORTED'
  output?: unknown
  error?: string
  cause?: string
}

export interface Translated {
  events: ProgressEvent[]
  /** Executions that were started. */
  started: Child[]
  /** ARNs of executions that have ended, as the one that waited for them was told. */
  ended: string[]
  end?: End
}

interface Failure {
  error?: string
  cause?: string
}

/** A state that was entered. */
interface Place {
  state: string
  type: string
  /** The Parallel state that it lies in. */
  around?: Place
  /** Of its latest try; what comes of it is not known yet. */
  failure?: Failure
  child?: Child
}

/** `at`: the state an event belongs to. `inside`: where the next state of its thread lies. */
interface Position {
  at?: Place
  inside?: Place
}

export function createTranslator({ machine, name, parent }: Identity) {
  const positions = new Map<number, Position>()
  let now: Translated = { events: [], started: [], ended: [] }
  let at = 0

  const about = (more: Pick<ProgressEvent, 'kind'> & Partial<ProgressEvent>) =>
    now.events.push({ at, execution: name, machine, ...(parent && { parent }), ...more })
  const told = (kind: ProgressEvent['kind'], place: Place, more: Partial<ProgressEvent> = {}) =>
    about({ kind, state: place.state, ...more })

  function begin(child: Child, place: Place): void {
    place.child = child
    now.started.push(child)
  }

  function fail(place: Place, failure: Failure): void {
    place.failure = failure
    told('state-failed', place, failure)
  }

  function enter(event: HistoryEvent, type: string, before: Position): Position {
    const { name: state = '' } = event.stateEnteredEventDetails ?? {}
    const place: Place = { state, type, around: before.inside }
    told('state-entered', place)
    return { at: place, inside: before.inside }
  }

  function exit(event: HistoryEvent, before: Position): Position {
    const { name: state, output } = event.stateExitedEventDetails ?? {}
    const place = climb(before.at, found => found.state === state)
    if (!place) return before
    if (place.failure) told('state-caught', place)
    told('state-exited', place, place.type === 'Task' ? { output: parse(output) } : {})
    return { at: place, inside: place.around }
  }

  /** The Parallel that an event is about, from wherever inside of it the event before was. */
  function container(before: Position): Position {
    const place = climb(before.at, found => found.type === 'Parallel' && !found.failure)
    return place ? { at: place, inside: place } : before
  }

  function ofTask(event: HistoryEvent, place: Place): void {
    switch (event.type) {
      case 'TaskScheduled': {
        if (place.failure) told('state-retried', place)
        place.failure = undefined
        place.child = undefined
        return
      }
      case 'TaskSubmitted': {
        const child = childOf(parse(event.taskSubmittedEventDetails?.output))
        if (child) begin(child, place)
        return
      }
      case 'TaskSucceeded':
        if (place.child) now.ended.push(place.child.arn)
        return
      case 'TaskFailed':
      case 'TaskTimedOut':
      case 'TaskStartFailed':
      case 'TaskSubmitFailed': {
        const failure = failureOf(event)
        // A nested execution that takes too long is stopped.
        if (place.child) now.ended.push(place.child.arn)
        fail(place, failure)
      }
    }
  }

  function ofExecution(event: HistoryEvent): void {
    if (event.type === 'ExecutionStarted') {
      about({ kind: 'execution-started' })
      return
    }
    const end = endOf(event)
    if (!end) return
    now.end = end
    about({ kind: 'execution-ended', ...outcomeOf(end) })
  }

  function place(event: HistoryEvent, before: Position): Position {
    const type = event.type ?? ''
    const [, entered, left] = /^([A-Z][a-z]+)State(?:Entered|(Exited))$/.exec(type) ?? []
    if (left) return exit(event, before)
    if (entered) return enter(event, entered, before)
    const [, step] = /^ParallelState([A-Z][a-z]+)$/.exec(type) ?? []
    if (!step) {
      if (before.at) ofTask(event, before.at)
      return before
    }
    const position = container(before)
    if (step === 'Failed' && position.at) fail(position.at, before.at?.failure ?? {})
    return step === 'Aborted' ? before : position
  }

  return {
    /** The next event, in the order of their ids. */
    add(event: HistoryEvent): Translated {
      now = { events: [], started: [], ended: [] }
      at = event.timestamp?.getTime() ?? at
      if (event.type?.startsWith('Execution')) ofExecution(event)
      positions.set(event.id ?? 0, place(event, positions.get(event.previousEventId ?? 0) ?? {}))
      return now
    },
  }
}

export type Translator = ReturnType<typeof createTranslator>

function climb(from: Place | undefined, isIt: (place: Place) => boolean): Place | undefined {
  let place = from
  while (place && !isIt(place)) place = place.around
  return place
}

/** What the display shows of an end. */
const outcomeOf = ({ status, output, error, cause }: End) =>
  status === 'ABORTED' ? { error: 'Aborted', cause } : { output, error, cause }

function failureOf(event: HistoryEvent): Failure {
  const { taskFailedEventDetails: failed, taskTimedOutEventDetails: late } = event
  const { error, cause } =
    failed ?? late ?? event.taskStartFailedEventDetails ?? event.taskSubmitFailedEventDetails ?? {}
  return { error: error ?? 'States.TaskFailed', cause }
}

function endOf(event: HistoryEvent): End | undefined {
  switch (event.type) {
    case 'ExecutionSucceeded':
      return { status: 'SUCCEEDED', output: parse(event.executionSucceededEventDetails?.output) }
    case 'ExecutionFailed':
      return { status: 'FAILED', ...event.executionFailedEventDetails }
    case 'ExecutionTimedOut':
      return { status: 'FAILED', error: 'States.Timeout', ...event.executionTimedOutEventDetails }
    case 'ExecutionAborted':
      return { status: 'ABORTED', ...event.executionAbortedEventDetails }
    default:
      return undefined
  }
}

/** Data that is left out, or no JSON, says nothing. */
function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
