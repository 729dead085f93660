/** What the newest execution of a workflow was made of, from the record that the local cloud keeps of it. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { criticalPath, type Ended, leavesOf } from '../cli/critical-path.ts'
import { readEvents } from '../cli/events.ts'
import { shapesFrom } from '../cli/shape.ts'
import { createSteps } from '../cli/steps.ts'
import { statemachines } from '../cli/workflow.ts'

/** `home`: where that cloud keeps its machines. Records go with their array. */
export function newestSteps(home: string, workflow: string): Ended[] {
  const folder = join(home, 'executions')
  const age = (name: string) => statSync(join(folder, name)).mtimeMs
  const [record = ''] = readdirSync(folder)
    .filter(name => name.startsWith(workflow))
    .sort((a, b) => age(b) - age(a))
  const steps = createSteps(shapesFrom(statemachines))
  for (const event of readEvents(join(folder, record))) steps.add(event)
  return leavesOf(steps.all())
}

/** Seconds of the documents that everything waited for, by their names, in order. */
export function waitedFor(steps: Ended[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const { name, node, from, to } of criticalPath(steps))
    if (node !== '') found[name] = (found[name] ?? 0) + (to - from) / 1000
  return found
}
