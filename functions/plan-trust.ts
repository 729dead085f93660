/** From the public keys that both controllers reported: which controller is to trust which keys. */
import * as z from 'zod'
import { run } from './shared/documents.ts'
import { DocumentFailed } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { findNodes, requireNodes } from './shared/picture.ts'
import { PreparedController } from './shared/reports.ts'
import { Accepted, type Run, RunOutcome } from './shared/shapes.ts'

const Event = z.strictObject({ request: Accepted, outcomes: z.array(RunOutcome) })

export const handler = define(Event, async ({ request, outcomes }): Promise<{ runs: Run[] }> => {
  const { controllers } = requireNodes(request, await findNodes(request.array))
  const [first, second] = controllers
  const trust = (node: typeof first, partner: typeof first) => {
    const { sshKey, hostKey } = keysOf(outcomes, partner.name)
    return run('trust-partner', node, {
      partnerName: partner.name,
      partnerAddress: partner.address,
      partnerKey: sshKey,
      partnerHostKey: hostKey,
    })
  }
  return { runs: [trust(first, second), trust(second, first)] }
})

function keysOf(outcomes: RunOutcome[], node: string) {
  const { report, document } = outcomes.find(outcome => outcome.node === node) ?? {}
  const keys = PreparedController.safeParse(report)
  if (keys.success) return keys.data
  throw new DocumentFailed(`${document ?? 'prepare-controller'} on ${node} did not report its public keys`)
}
