/** A workflow that only looks: shown on a terminal while it runs, without a trace of it there afterwards. */
import type { Operation } from '../functions/shared/operations.ts'
import type { Cloud } from './cloud.ts'
import { Detached, WorkflowFailed } from './failure.ts'
import { runShown } from './workflow.ts'

/** What it ended with; undefined where it was interrupted. */
export async function look<Output>(cloud: Cloud, operation: Operation, array: string): Promise<Output | undefined> {
  const outcome = await runShown(cloud, operation, { array }, { title: array, passing: true }).catch(
    (error: unknown) => {
      // Who does not want to wait for a look does not want to know where it goes on.
      if (error instanceof Detached && !error.cause) return undefined
      throw error
    },
  )
  if (!outcome || outcome.status === 'ABORTED') return undefined
  const { status, output, ...rest } = outcome
  if (status === 'FAILED') throw new WorkflowFailed(`${array} could not be asked`, rest)
  return output as Output
}
