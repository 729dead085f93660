/** Executions that a workflow starts and waits for: followed to their end, or answered by StartSyncExecution. */
import { randomUUID } from 'node:crypto'
import { lastOf } from './definitions.ts'
import { named, type Result, type Surroundings, within } from './engine-tasks.ts'
import { executionArn } from './sfn.ts'

export interface Nested {
  StateMachineArn: string
  Input: unknown
}

interface Begun {
  Name: string
  /** Milliseconds since the epoch. */
  StartDate: number
  StopDate: number
  machine: string
  result: Result | undefined
}

/** Starts it and waits for its end, or for so many seconds: then there is no result, and it is stopped. */
async function startAndWait(
  { StateMachineArn, Input }: Nested,
  state: string,
  seconds: number,
  around: Surroundings,
  submitted: (Name: string, StartDate: number) => void = () => {},
): Promise<Begun> {
  const machine = lastOf(StateMachineArn)
  const child = { state, abort: new AbortController() }
  const timer = new AbortController()
  around.children.add(child)
  try {
    const StartDate = around.clock.now()
    // As Step Functions names what a workflow starts.
    const Name = randomUUID()
    const begin = (unheard?: 'unheard') =>
      around.start(machine, Name, Input, unheard ? new AbortController().signal : child.abort.signal)
    const running = around.starting ? around.starting(machine, begin) : begin()
    submitted(Name, StartDate)
    const result = await (Number.isFinite(seconds)
      ? Promise.race([running, around.clock.sleep(seconds * 1000, timer.signal)])
      : running)
    return { Name, StartDate, StopDate: around.clock.now(), machine, result: result ?? undefined }
  } finally {
    timer.abort()
    child.abort.abort()
    around.children.delete(child)
  }
}

/** Ends as DescribeExecution tells it; where the nested execution did not succeed, that is the Cause. */
export async function followed(nested: Nested, state: string, seconds: number, around: Surroundings) {
  const { StateMachineArn, Input } = nested
  const { Name, StartDate, StopDate, machine, result } = await startAndWait(
    nested,
    state,
    seconds,
    around,
    (Name, StartDate) =>
      around.history?.submitted(state, { ExecutionArn: executionArn(lastOf(StateMachineArn), Name), StartDate }),
  )
  if (!result) throw named('States.Timeout', `${machine} did not end in ${seconds} s`)
  const { status: Status, executionArn: ExecutionArn, output, error, cause } = result
  // In the order of the alphabet: where a cause is cut, it begins with the innermost one.
  const described = {
    ...(Status !== 'SUCCEEDED' && { Cause: cause, Error: error }),
    ExecutionArn,
    Input: JSON.stringify(Input ?? {}),
    InputDetails: { Included: true },
    Name,
    ...(Status === 'SUCCEEDED' && { Output: output ?? null, OutputDetails: { Included: true } }),
    StartDate,
    StateMachineArn,
    Status,
    StopDate,
  }
  if (Status === 'SUCCEEDED') return within(machine, described)
  throw named('States.TaskFailed', JSON.stringify(described))
}

/** An Express workflow's own limit, in seconds. */
const EXPRESS_SECONDS = 300

/** Ends as StartSyncExecution answers: well, however the execution ended. */
export async function answered(nested: Nested, state: string, seconds: number, around: Surroundings) {
  const { StateMachineArn, Input } = nested
  const limit = Math.min(seconds, EXPRESS_SECONDS)
  const { Name, StartDate, StopDate, machine, result } = await startAndWait(nested, state, limit, around)
  if (!result && limit < EXPRESS_SECONDS) throw named('States.Timeout', `${machine} did not end in ${seconds} s`)
  const { status = 'TIMED_OUT', output, error, cause } = result ?? {}
  const Status = status === 'ABORTED' ? 'FAILED' : status
  return within(machine, {
    ...(Status === 'FAILED' && { Cause: cause, Error: error ?? 'States.TaskFailed' }),
    ExecutionArn: executionArn(machine, Name),
    Input: JSON.stringify(Input ?? {}),
    Name,
    ...(Status === 'SUCCEEDED' && { Output: JSON.stringify(output ?? null) }),
    StartDate,
    StateMachineArn,
    Status,
    StopDate,
  })
}
