/** What every command that changes an array has in common: which array, whether to ask, the workflow, how it ended. */
import { acceptInput, type Operation } from '../functions/shared/operations.ts'
import { chooseArray } from './arrays.ts'
import { type Cloud, withCloud } from './cloud.ts'
import { confirm } from './confirm.ts'
import { exitCodes, WorkflowFailed } from './failure.ts'
import { runShown } from './workflow.ts'

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
  return await withCloud(cloud => operateOn(cloud, flags, asked))
}

export async function operateOn<Output>(cloud: Cloud, flags: OperateFlags, asked: Asked<Output>): Promise<number> {
  const array = await chooseArray(flags.array)
  const { operation, title } = asked
  const input = { ...asked.input, array }
  // Refused before anybody is asked; the workflow checks again, for those who come another way.
  acceptInput(operation, input)
  if (asked.question) await confirm(asked.question(array), flags.yes)
  const outcome = await runShown(cloud, operation, input, { title: `${array}  ${title}`, ...flags })
  if (outcome.status === 'ABORTED') {
    console.error('star: interrupted; run the same command again, it goes on from there')
    return exitCodes.interrupted
  }
  if (outcome.status === 'FAILED') throw new WorkflowFailed(asked.failed(array), outcome)
  console.log(flags.json ? JSON.stringify(outcome.output, null, 2) : asked.done(outcome.output as Output).join('\n'))
  return exitCodes.ok
}
