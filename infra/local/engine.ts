/**
 * Step Functions' part in the local cloud: runs the state machines of `statemachines/`, functions in this process,
 * nested executions beside it. What a workflow can see (errors, causes, answers of nested executions) is as on AWS.
 */
import { StateMachine } from 'aws-local-stepfunctions'
import { useClients } from '../../functions/shared/clients.ts'
import { useClock } from '../../functions/shared/clock.ts'
import { type Definition, statesOf } from '../definitions.ts'
import { systemClock } from './clock.ts'
import type { LocalCloud } from './cloud.ts'
import { asMachine, loadDefinition, loadHandlers } from './definitions.ts'
import { countEntrances } from './engine-entrances.ts'
import {
  copy,
  type Invoking,
  newName,
  type Result,
  type Starting,
  type Surroundings,
  taskOf,
  track,
} from './engine-tasks.ts'
import { recordHistory } from './history.ts'
import { type Listener, type ProgressEvent, writeRecordOf } from './progress.ts'
import { endExecution, machineArn, recordExecution, stopRequested } from './sfn.ts'

export type { Result } from './engine-tasks.ts'
export type { ProgressEvent } from './progress.ts'

export interface RunOptions {
  onEvent?: Listener
  signal?: AbortSignal
  /** Of the execution; up to 80 of a-z, A-Z, 0-9, - and _. */
  name?: string
  /** Writes the events down; unless given, in a file of the cloud's home. */
  record?: Listener
  invoking?: Invoking
  starting?: Starting
}

/** Resolves also when the workflow fails; throws only where the definition itself cannot be run. */
export async function runWorkflow(
  cloud: LocalCloud,
  machine: string,
  input: unknown,
  options: RunOptions = {},
): Promise<Result> {
  useClients(cloud)
  useClock(cloud.clock.now)
  // Virtual time would jump while a module is being read.
  await loadHandlers(machine)
  const name = options.name ?? newName(machine, cloud.clock.now())
  const record = options.record ?? writeRecordOf(cloud.home, name)
  const onEvent: Listener = event => {
    record(event)
    options.onEvent?.(event)
  }
  const { signal, invoking, starting } = options
  return await execute({ cloud, machine, name, input, onEvent, signal, invoking, starting })
}

interface Execution {
  cloud: LocalCloud
  machine: string
  name: string
  input: unknown
  onEvent: Listener
  signal?: AbortSignal | undefined
  invoking?: Invoking | undefined
  starting?: Starting | undefined
  parent?: string
}

async function execute(execution: Execution): Promise<Result> {
  const { cloud, machine, name, onEvent, parent, signal, invoking, starting } = execution
  const { store, clock } = cloud
  const input = copy(execution.input ?? {})
  const definition = loadDefinition(machine)
  const executionArn = recordExecution(store, { machine, name, input, at: clock.now() })
  // Somebody, perhaps in another process, may ask for the end of an execution.
  const stopIfAsked = () => {
    if (stopRequested(store, executionArn)) abort()
  }
  const heed = (listener: Listener) => (event: ProgressEvent) => {
    listener(event)
    stopIfAsked()
  }
  const tell = (event: Omit<ProgressEvent, 'at' | 'execution' | 'machine'>) =>
    onEvent({ at: clock.now(), execution: name, machine, ...(parent && { parent }), ...event })
  const entrances = countEntrances()
  const history = cloud.histories && recordHistory(definition, input, clock.now)
  if (history) cloud.histories?.set(executionArn, history)
  const around: Surroundings = {
    clock,
    invoking,
    starting: starting && ((child, begin) => starting(machine, child, begin)),
    history,
    entered: entrances.next,
    children: new Set(),
    pending: new Set(),
    start(machine, childName, input, signal) {
      const child = { cloud, machine, name: childName, input, signal, invoking, starting, parent: name }
      return track(around.pending, execute({ ...child, onEvent: heed(onEvent) }))
    },
  }
  tell({ kind: 'execution-started' })
  const run = interpret(definition, input, around, {
    Execution: { Id: executionArn, Name: name },
    StateMachine: { Id: machineArn(machine), Name: machine },
  })
  const abort = () => {
    run.abort()
    for (const child of around.children) child.abort.abort()
  }
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort)
  const watch = setInterval(stopIfAsked, 1_000)
  watch.unref()

  let failure: { error?: string; cause?: string } = {}
  const events = (async () => {
    for await (const event of run.eventLogs) {
      history?.add(event)
      if (event.type === 'ExecutionFailed') failure = errorOf(event)
      if (!('state' in event)) continue
      const { name: state, type, output } = event.state
      if (event.type === 'StateFailed' && type === 'Parallel') abortInside(definition, state, around)
      tell({
        kind: kinds[event.type],
        state,
        ...(event.type === 'StateFailed' && errorOf(event)),
        ...(event.type === 'StateExited' && type === 'Task' && { output }),
      })
      if (event.type === 'StateEntered' || event.type === 'StateRetried') entrances.told(state)
    }
  })()
  const result = await run.result.then(
    (output): Result => ({ status: 'SUCCEEDED', executionArn, output }),
    async (error: Error): Promise<Result> => {
      if (error.name === 'ExecutionAbortedError') return { status: 'ABORTED', executionArn }
      await events
      return { status: 'FAILED', executionArn, error: error.name, cause: error.message, ...failure }
    },
  )
  await events
  entrances.end()
  // What was under way when it was aborted comes to its end first: nobody may close the cloud under it.
  await Promise.all(around.pending)
  clearInterval(watch)
  signal?.removeEventListener('abort', abort)
  const { executionArn: _, ...end } = result
  history?.end(end)
  endExecution(store, executionArn, { ...end, at: clock.now() })
  const { status, output, cause, error = status === 'ABORTED' ? 'Aborted' : undefined } = result
  tell({ kind: 'execution-ended', output, error, cause })
  return result
}

function interpret(definition: Definition, input: unknown, around: Surroundings, context: Record<string, object>) {
  const virtual = around.clock !== systemClock
  const states = statesOf(definition)
  const tasks = states.filter(({ state }) => state.Type === 'Task' || (virtual && state.Type === 'Wait'))
  return interpreterOf(definition, virtual).run(input as never, {
    context,
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        tasks.map(({ name, state }) => [name, taskOf(name, state, around)]),
      ),
      retryIntervalOverrides: virtual ? Object.fromEntries(states.map(({ name }) => [name, 0])) : {},
    },
  })
}

const interpreters = { real: new WeakMap<Definition, StateMachine>(), virtual: new WeakMap<Definition, StateMachine>() }

/** Made once for a definition: it holds nothing of a run. */
function interpreterOf(definition: Definition, virtual: boolean): StateMachine {
  const known = interpreters[virtual ? 'virtual' : 'real']
  const options = { validationOptions: { noValidate: true } }
  const interpreter = known.get(definition) ?? new StateMachine(asMachine(adapt(definition, virtual)), options)
  known.set(definition, interpreter)
  return interpreter
}

/** The interpreter's own time-outs know nothing of nested executions, and its waits nothing of virtual time: tasks do both. */
function adapt(definition: Definition, virtual: boolean): Definition {
  const adapted = structuredClone(definition)
  for (const { state } of statesOf(adapted)) {
    if (state.Type === 'Task') state.TimeoutSeconds = 1_000_000
    if (virtual && state.Type === 'Wait')
      Object.assign(state, { Type: 'Task', ResultPath: null, TimeoutSeconds: 1_000_000 })
  }
  return adapted
}

const kinds = {
  StateEntered: 'state-entered',
  StateExited: 'state-exited',
  StateFailed: 'state-failed',
  StateRetried: 'state-retried',
  StateCaught: 'state-caught',
} as const

const errorOf = ({ Error: error, Cause: cause }: { Error: string; Cause: unknown }) => ({
  error,
  cause: typeof cause === 'string' ? cause : JSON.stringify(cause),
})

/** When a Parallel fails, what its other branches wait for is stopped, as on AWS. */
function abortInside(definition: Definition, around: string, { children }: Surroundings): void {
  const inside = new Set(statesOf(definition).flatMap(found => (found.inside.includes(around) ? [found.name] : [])))
  for (const child of children) if (inside.has(child.state)) child.abort.abort()
}
