/**
 * A controller that a run which was cut off left without its cluster, off, or in the middle of a boot: it is brought back
 * before anything is refused because of it, where it is all that is missing, and its partner serves.
 */
import * as z from 'zod'
import { type Controller, controllersOf } from './shared/controllers.ts'
import { run } from './shared/documents.ts'
import { define } from './shared/handler.ts'
import { refusalsOf } from './shared/preflight.ts'
import type { ControllerReport } from './shared/reports.ts'
import { Inspected } from './shared/shapes.ts'

const Event = z.strictObject({ inspection: Inspected, force: z.boolean() })

/** Without a node nobody has to be brought back. */
export const handler = define(Event, async ({ inspection, force }) => {
  const { pair, never, unlessForced } = refusalsOf(inspection)
  const reasons = force ? never : [...never, ...unlessForced]
  const lost = pair?.standby
  if (!lost || !isLost(lost, pair.active) || reasons.length === 0 || !reasons.every(comesOf(lost))) return nobody
  const { node } = lost
  const addresses = controllersOf(inspection).map(({ node }) => `${node.name}=${node.address}`)
  const runs = [run('start-cluster', node, { controllers: addresses.join(',') })]
  return { node: node.name, nodes: [node.name], runs }
})

const nobody = { nodes: [], runs: [] }

/** Its instance is there, but it is off, does not answer, or is in no cluster, as itself says or its partner, who serves. */
function isLost({ node: { name, state, failure }, report }: Controller, { report: partner }: Controller): boolean {
  if (state === 'absent' || !partner?.target.serving) return false
  const sees = ({ cluster }: ControllerReport) => cluster.online.includes(name)
  return state !== 'running' || failure !== undefined || !sees(partner) || (report !== undefined && !sees(report))
}

/** Whatever is told of it, by whomever, ends with its return; but nobody attaches a disk to it. */
const comesOf = ({ node: { name } }: Controller) => {
  const named = new RegExp(`(^|[^a-z0-9-])${name}($|[^a-z0-9-])`)
  return (reason: string) => named.test(reason) && !reason.endsWith(' is not attached')
}
