/** Workflows that StartExecution starts: they run in this process, beside whatever else it does. */
import type { LocalCloud } from './cloud.ts'
import { type Result, type RunOptions, runWorkflow } from './engine.ts'

export interface Background {
  /** Resolves once nothing that was started here runs any more: the cloud may be closed then. */
  idle(): Promise<void>
  /** How an execution ended, by its name; undefined for one that was not started here. */
  result(name: string): Promise<Result> | undefined
}

export function startInBackground(cloud: LocalCloud, options: Omit<RunOptions, 'name'> = {}): Background {
  const started = new Map<string, Promise<Result>>()
  const running = new Set<Promise<unknown>>()
  cloud.runWorkflowsBy(async (machine, name, input) => {
    // As with AWS the call comes back once the execution is known, or with why it cannot be started.
    const recorded = Promise.withResolvers<void>()
    const result = runWorkflow(cloud, machine, input, {
      ...options,
      name,
      onEvent(event) {
        if (event.execution === name) recorded.resolve()
        options.onEvent?.(event)
      },
    })
    const settled = result.then(() => {}, recorded.reject).finally(() => running.delete(settled))
    running.add(settled)
    await recorded.promise
    started.set(name, result)
  })
  return {
    result: name => started.get(name),
    async idle() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
