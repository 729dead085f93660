/** What every command that changes an array has in common: which array, whether to ask, the workflow, how it ended. */
import { existsSync } from 'node:fs'
import { NoSuchArray } from '../functions/shared/errors.ts'
import { acceptInput, type Operation } from '../functions/shared/operations.ts'
import { openLocal } from '../infra/local/local.ts'
import { chooseArray } from './arrays.ts'
import { confirm } from './confirm.ts'
import { exitCodes, WorkflowFailed } from './failure.ts'
import { home } from './paths.ts'
import { type Local, runShown } from './workflow.ts'

export interface OperateFlags {
  array?: string
  yes?: boolean
  timings?: boolean
  json?: boolean
}

export interface Asked<Output> {
  operation: Operation
  /** All but the array. */
  input: object
  /** Over the steps, while they run. */
  title: string
  /** What a person is asked first, where something is interrupted. */
  question?: (array: string) => string
  /** Why the command failed, in front of the first cause. */
  failed: (array: string) => string
  /** What a person is told in the end. */
  done: (output: Output) => string[]
}

export async function operate<Output>(flags: OperateFlags, asked: Asked<Output>): Promise<number> {
  return await withLocal(local => operateOn(local, flags, asked))
}

export async function operateOn<Output>(local: Local, flags: OperateFlags, asked: Asked<Output>): Promise<number> {
  const array = await chooseArray(flags.array)
  const { operation, title } = asked
  const input = { ...asked.input, array }
  // Refused before anybody is asked; the workflow checks again, for those who come another way.
  acceptInput(operation, input)
  if (asked.question) await confirm(asked.question(array), flags.yes)
  const outcome = await runShown(local, operation, input, { title: `${array}  ${title}`, ...flags })
  if (outcome.status === 'ABORTED') {
    console.error('star: interrupted; run the same command again, it goes on from there')
    return exitCodes.interrupted
  }
  if (outcome.status === 'FAILED') throw new WorkflowFailed(asked.failed(array), outcome)
  console.log(flags.json ? JSON.stringify(outcome.output, null, 2) : asked.done(outcome.output as Output).join('\n'))
  return exitCodes.ok
}

/** For commands that need a local cloud that is there: none is made to find out that it is empty. */
export async function withLocal<T>(work: (local: Local) => Promise<T>): Promise<T> {
  if (!existsSync(home)) throw new NoSuchArray('there is no array; ./star up makes one')
  const local = await openLocal()
  try {
    return await work(local)
  } finally {
    await local.close()
  }
}
