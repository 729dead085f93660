/**
 * The gate after each step of a reboot, and after a hand-over: nothing goes on until the array is as whole as it was, every path of every host
 * included. What is missing is named, and which controller has not been touched yet.
 */
import * as z from 'zod'
import { controllersOf } from './shared/controllers.ts'
import { done, Watch, wait } from './shared/deadline.ts'
import { define } from './shared/handler.ts'
import type { Inspection } from './shared/inspection.ts'
import { servingProblemsOf } from './shared/problems.ts'
import { acceptRequest } from './shared/request.ts'
import { Inspected } from './shared/shapes.ts'

/**
 * A node must have another boot id than this one, be ACTIVE, or have come back; `next` is the one that waits behind the gate. What is
 * `known` to be missing need not be back.
 */
const Gate = z.strictObject({
  rebooted: z.strictObject({ node: z.string(), bootId: z.string() }).optional(),
  active: z.string().optional(),
  returned: z.string().optional(),
  next: z.string().optional(),
  known: z.array(z.string()).default([]),
  force: z.boolean(),
})
type Gate = z.output<typeof Gate>

const Event = z.strictObject({ inspection: Inspected, gate: Gate, watch: Watch })

const DEADLINE_SECONDS = 600
const SHOWN = 20

export const handler = define(Event, async ({ inspection, gate, watch }) => {
  const missing = missingOf(inspection, gate)
  if (missing.length === 0) return done
  const { rebooted, active, returned, next } = gate
  const after = rebooted ? `the reboot of ${rebooted.node}` : active ? `${active} took over` : `${returned} came back`
  const rest = next ? `; ${next} was not rebooted` : returned ? '; nothing else was done' : ''
  const more = missing.length > SHOWN ? [`(and ${missing.length - SHOWN} more)`] : []
  const lines = [`everything to be back after ${after}${rest}. Missing:`, ...missing.slice(0, SHOWN), ...more]
  return wait(watch, DEADLINE_SECONDS, lines.join('\n'))
})

function missingOf(inspection: Inspection, { rebooted, active, known, force }: Gate): string[] {
  const controllers = controllersOf(inspection)
  const reportOf = (name: string) => controllers.find(({ node }) => node.name === name)?.report
  return [
    ...(rebooted && reportOf(rebooted.node)?.bootId === rebooted.bootId
      ? [`${rebooted.node}: it has not rebooted`]
      : []),
    ...(active && !reportOf(active)?.pool.active ? [`${active}: it is not ACTIVE`] : []),
    ...(force ? forced(inspection) : inspection.problems.filter(problem => !known.includes(problem))),
  ]
}

/** By force it began with problems. Those that a reboot cannot cause it need not cure either. */
function forced({ cut, problems, request, nodes, disks }: Inspection): string[] {
  return cut ? problems : servingProblemsOf(acceptRequest(request), nodes, disks)
}
