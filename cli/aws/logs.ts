/** `star logs` on AWS: there is no record here, the history there is it. */
import { findExecution, newestExecutions } from '../executions.ts'
import { Mistake } from '../failure.ts'
import { follow as followOn, readAll } from './follow.ts'

type Printer = Parameters<typeof readAll>[1]

/** Of the newest one a person started, where none is named. */
export async function readHistory(named: string | undefined, { follow }: { follow?: boolean }, print: Printer) {
  const executionArn = named === undefined ? (await newestExecutions())[0]?.executionArn : await findExecution(named)
  if (executionArn === undefined) throw new Mistake('nothing was run here yet')
  if (follow) await followOn(executionArn, print)
  else await readAll(executionArn, print)
}
