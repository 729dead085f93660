/**
 * Which LUNs have never held data, and who proves them: the first host that may see each. Only the ACTIVE controller
 * knows, and only LUNs it marks as new are ever written to. A LUN that no host may see stays unproven.
 */
import * as z from 'zod'
import { lunsOf, run } from './shared/documents.ts'
import { DocumentFailed } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { findNodes, type Node, requireNodes } from './shared/picture.ts'
import { NewLuns } from './shared/reports.ts'
import type { ArrayRequest } from './shared/request.ts'
import { Accepted, type Run, RunOutcome } from './shared/shapes.ts'

const Event = z.strictObject({ request: Accepted, outcomes: z.array(RunOutcome) })

/** `settle` has one run, or none where there is nothing to prove. */
export const handler = define(Event, async ({ request, outcomes }): Promise<{ prove: Run[]; settle: Run[] }> => {
  const { controllers, hosts } = requireNodes(request, await findNodes(request.array))
  const active = activeOf(outcomes)
  const fresh = active.fresh.map(([name, wwid]) => ({ name, wwid }))
  const prove = hosts.flatMap(host => {
    const wwids = fresh.filter(({ name }) => proverOf(request, hosts, name) === host).map(({ wwid }) => wwid)
    return wwids.length === 0 ? [] : [run('prove-luns', host, { wwids: wwids.join(',') })]
  })
  const proven = fresh.filter(({ name }) => proverOf(request, hosts, name)).map(({ name }) => name)
  const owner = controllers.find(({ name }) => name === active.name) ?? controllers[0]
  return { prove, settle: proven.length === 0 ? [] : [run('settle-luns', owner, { luns: proven.join(',') })] }
})

function proverOf(request: ArrayRequest, hosts: Node[], lun: string): Node | undefined {
  return hosts.find(({ name }) => lunsOf(request, name).includes(lun))
}

function activeOf(outcomes: RunOutcome[]): NewLuns {
  const looks = outcomes.filter(({ document }) => document === 'STAR-serve-luns')
  const reports = looks.map(({ report, node }) => {
    const parsed = NewLuns.safeParse(report)
    if (!parsed.success)
      throw new DocumentFailed(`the report of ${node} cannot be read: ${z.prettifyError(parsed.error)}`)
    return parsed.data
  })
  const active = reports.filter(({ active }) => active)
  if (active.length === 1) return active[0] as NewLuns
  const names = reports.map(({ name, active }) => `${name} ${active ? 'is' : 'is not'}`).join(', ')
  throw new DocumentFailed(`exactly one controller must be ACTIVE: ${names}`)
}
