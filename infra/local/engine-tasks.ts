/** What a Task state does in the local cloud, answered and failing in the words of AWS. */
import { randomUUID } from 'node:crypto'
import type { RunOptions as InterpreterOptions } from 'aws-local-stepfunctions'
import { RESOURCES, type State } from '../definitions.ts'
import { type Clock, systemClock } from './clock.ts'
import { handlerOf, lastOf } from './definitions.ts'
import { answered, followed, type Nested } from './engine-nested.ts'
import { retriesOf } from './engine-retries.ts'
import type { History } from './history.ts'
import { filled } from './history-data.ts'

type Handlers = NonNullable<NonNullable<InterpreterOptions['overrides']>['taskResourceLocalHandlers']>
export type TaskHandler = Handlers[string]

/** Called in place of each function, which it lets answer, or not: what it throws itself is how Lambda fails. */
export type Invoking = (functionName: string, answer: () => Promise<unknown>) => unknown

/**
 * Called in place of each start of a nested execution, which it lets begin, or not: what it throws itself is how Step
 * Functions fails. One that begins `unheard` is not ended with the state that started it.
 */
export type Starting = (
  parent: string,
  machine: string,
  begin: (unheard?: 'unheard') => Promise<Result>,
) => Promise<Result>

/** How a nested execution ended. */
export interface Result {
  status: 'SUCCEEDED' | 'FAILED' | 'ABORTED'
  executionArn: string
  output?: unknown
  error?: string
  cause?: string
}

export interface Surroundings {
  clock: Clock
  /**
   * Comes back once the state that is being executed was told to who listens: the interpreter's events lag behind it.
   * False if the execution has ended meanwhile.
   */
  entered(state: string): Promise<boolean>
  /** Starts a nested execution; it ends early when the signal is given. */
  start(machine: string, name: string, input: unknown, signal: AbortSignal): Promise<Result>
  invoking?: Invoking | undefined
  /** Of the machine that this is an execution of. */
  starting?: ((machine: string, begin: (unheard?: 'unheard') => Promise<Result>) => Promise<Result>) | undefined
  history?: History | undefined
  /** Nested executions under way, so that they can be ended with the state that waits for them. */
  children: Set<{ state: string; abort: AbortController }>
  /** Tasks and nested executions under way: the interpreter turns away from them when it is aborted; they go on to their end. */
  pending: Set<Promise<unknown>>
}

export function taskOf(name: string, state: State, around: Surroundings): TaskHandler {
  const run = async (input: unknown): Promise<unknown> => {
    if (state.Type === 'Wait') return around.clock.sleep(secondsOf(state, input) * 1000)
    if (state.Resource === RESOURCES.function) return await invoke(input as Invocation, around)
    const wait = { [RESOURCES.standard]: followed, [RESOURCES.express]: answered }[state.Resource ?? '']
    if (!wait) throw named('States.Runtime', `the local engine does not know the resource ${state.Resource}`)
    if (!(await around.entered(name))) throw named('States.Runtime', 'the execution has ended')
    return await wait(input as Nested, name, state.TimeoutSeconds ?? Number.POSITIVE_INFINITY, around)
  }
  const retries = retriesOf(state.Retry)
  const told = async (input: unknown) => {
    try {
      const answer = await run(input)
      retries.succeeded()
      around.history?.answered(name, answer)
      return answer
    } catch (error) {
      const wait = retries.failed((error as Error).name)
      // In real time the interpreter waits.
      if (wait && around.clock !== systemClock) await around.clock.sleep(wait)
      throw error
    }
  }
  return (input => track(around.pending, told(input))) as TaskHandler
}

export function track<T>(pending: Set<Promise<unknown>>, work: Promise<T>): Promise<T> {
  const settled = work.catch(() => {}).finally(() => pending.delete(settled))
  pending.add(settled)
  return work
}

function secondsOf({ Seconds, SecondsPath }: State, input: unknown): number {
  const seconds = SecondsPath === undefined ? Seconds : filled('$', SecondsPath, input)
  if (typeof seconds !== 'number') throw named('States.Runtime', `${SecondsPath} is no number of seconds`)
  return seconds
}

/** Step Functions' limits: bytes of what passes from state to state, characters of a cause. */
export const PAYLOAD_LIMIT = 262_144
export const CAUSE_LIMIT = 32_768

export function within<T>(what: string, value: T): T {
  const bytes = Buffer.byteLength(JSON.stringify(value))
  if (bytes <= PAYLOAD_LIMIT) return value
  throw named('States.DataLimitExceeded', `${what} returned ${bytes} bytes, more than ${PAYLOAD_LIMIT}`)
}

interface Invocation {
  FunctionName: string
  Payload: unknown
}

/** An error's name becomes Error; its message comes wrapped in the Cause. */
async function invoke({ FunctionName, Payload }: Invocation, { invoking }: Surroundings) {
  const name = lastOf(FunctionName)
  const handler = await handlerOf(name)
  const answer = async () => {
    try {
      return copy((await handler(copy(Payload), contextOf(name, FunctionName))) ?? null)
    } catch (error) {
      const { name: errorType, message: errorMessage } = error as Error
      throw named(errorType, JSON.stringify({ errorType, errorMessage }))
    }
  }
  const answered = await (invoking ? invoking(name, answer) : answer())
  return { ExecutedVersion: '$LATEST', Payload: within(name, answered), StatusCode: 200 }
}

export const named = (name: string, cause: string) => Object.assign(new Error(cause.slice(0, CAUSE_LIMIT)), { name })

/** What crosses the border of a function or of an execution is JSON, here as there. */
export const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

export const newName = (machine: string, at: number) =>
  `${machine}-${new Date(at).toISOString().replace(/[-:]|\..*/g, '')}-${randomUUID().slice(0, 8)}`

export function contextOf(functionName: string, invokedFunctionArn: string) {
  return {
    functionName,
    invokedFunctionArn,
    functionVersion: '$LATEST',
    awsRequestId: randomUUID(),
    memoryLimitInMB: '256',
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => 60_000,
  }
}
