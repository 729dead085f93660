/** `star cancel`: ends an operation where it stands. It can be asked for again, and goes on from there. */
import { StopExecutionCommand } from '@aws-sdk/client-sfn'
import { sfn } from '../functions/shared/clients/sfn.ts'
import { holderOf } from '../functions/shared/lock.ts'
import { chooseArray } from './arrays.ts'
import { withCloud } from './cloud.ts'
import { findExecution } from './executions.ts'
import { exitCodes } from './failure.ts'
import { nameOf } from './workflow.ts'

export const cancel = (execution: string | undefined, flags: { array?: string }) =>
  withCloud(() => cancelHere(execution, flags))

/** Unless an execution is named, the one that changes the array now. */
export async function cancelHere(execution: string | undefined, flags: { array?: string }): Promise<number> {
  if (execution !== undefined) return await end(await findExecution(execution))
  const array = await chooseArray(flags.array)
  const held = await holderOf(array)
  if (held) return await end(held.execution)
  console.log(`nothing changes ${array} now`)
  return exitCodes.ok
}

async function end(executionArn: string): Promise<number> {
  await sfn().send(new StopExecutionCommand({ executionArn, cause: 'star cancel' }))
  console.log(`${nameOf(executionArn)} was told to end; what a node does just now goes on there`)
  return exitCodes.ok
}
