/** Whether both controllers can be rebooted one after the other, and in which order: STANDBY first. */
import * as z from 'zod'
import { type Controller, controllersOf } from './shared/controllers.ts'
import { run } from './shared/documents.ts'
import { define } from './shared/handler.ts'
import { preflight } from './shared/preflight.ts'
import { Inspected } from './shared/shapes.ts'

const Event = z.strictObject({ inspection: Inspected, force: z.boolean() })

export const handler = define(Event, async ({ inspection, force }) => {
  const { active, standby } = preflight(inspection, force)
  const controllers = controllersOf(inspection)
  const addresses = controllers.map(({ node }) => `${node.name}=${node.address}`).join(',')
  const reboot = ({ node }: Controller) => ({
    node: node.name,
    stop: run('stop-cluster', node),
    start: run('start-cluster', node, { controllers: addresses }),
  })
  return {
    first: reboot(standby),
    second: reboot(active),
    handOver: run('hand-over', active.node, { to: standby.node.name }),
    rebooted: [standby.node.name, active.node.name],
  }
})
