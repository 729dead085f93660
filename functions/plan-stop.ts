/**
 * In which order an array's nodes are stopped, and what each has to do before: hosts first, then STANDBY, and ACTIVE
 * last. Only a node that runs has anything to do. What does not answer is stopped by force alone.
 */
import * as z from 'zod'
import { controllersOf } from './shared/controllers.ts'
import { run } from './shared/documents.ts'
import { NotReady } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { type Inspection, isLeftOut, type NodeInspection } from './shared/inspection.ts'
import { silence } from './shared/problems.ts'
import { Inspected, type Run } from './shared/shapes.ts'

const Event = z.strictObject({ inspection: Inspected, force: z.boolean() })

/** `nodes` are names; `runs` the documents that come before. */
interface Step {
  nodes: string[]
  runs: Run[]
}

export const handler = define(Event, async ({ inspection, force }) => {
  const { array } = inspection
  const up = inspection.nodes.filter(({ state }) => state !== 'stopped' && state !== 'absent')
  const silent = up.filter(node => !isLeftOut(inspection, node)).flatMap(silence)
  if (silent.length > 0 && !force) {
    const last = 'What does not answer cannot be stopped in good order: make it answer, or stop it by force'
    throw new NotReady([...silent, last])
  }
  const answering = (nodes: NodeInspection[]) =>
    nodes.filter(node => isLeftOut(inspection, node) || silence(node).length === 0)
  const step = (nodes: NodeInspection[], document: string, parameters?: Record<string, string>): Step => ({
    nodes: nodes.map(({ name }) => name),
    runs: answering(nodes).map(node => ({ ...run(document, node, parameters), offIsDone: true as const })),
  })
  const hosts = up.filter(({ role }) => role === 'host')
  const last = lastOf(inspection)
  const controllers = up.filter(({ role }) => role === 'controller')
  return {
    changed: up.length > 0,
    stopped: up.map(({ name }) => name),
    hosts: step(hosts, 'quiesce-host', { array, force: force ? 'yes' : 'no' }),
    standby: step(
      controllers.filter(({ name }) => name !== last),
      'stop-cluster',
    ),
    active: step(
      controllers.filter(({ name }) => name === last),
      'stop-cluster',
    ),
  }
})

/** ACTIVE, as it says itself or as its partner says; where nobody is, node 1, which the pool prefers. */
function lastOf(inspection: Inspection): string | undefined {
  const controllers = controllersOf(inspection)
  const active = controllers.find(({ report }) => report?.pool.active)?.node.name
  return active ?? controllers.flatMap(({ report }) => report?.cluster.promoted ?? [])[0] ?? controllers[0]?.node.name
}
