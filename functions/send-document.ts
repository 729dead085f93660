/** Sends a document to a node. A document may be sent again at any time: each of them converges. */
import { SendCommandCommand } from '@aws-sdk/client-ssm'
import * as z from 'zod'
import { ssm } from './shared/clients/ssm.ts'
import { now } from './shared/clock.ts'
import { CloudRefused, isNamed, NotYetVisible } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { Run } from './shared/shapes.ts'

const Event = z.strictObject({ run: Run, attempt: z.number() })

/** Until the agent has taken it; how long it then may run is said in the document itself. */
const DELIVERY_SECONDS = 120

export const handler = define(Event, async ({ run: { document, node, instanceId, parameters }, attempt }) => {
  try {
    const { Command } = await ssm().send(
      new SendCommandCommand({
        DocumentName: document,
        InstanceIds: [instanceId],
        Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
        TimeoutSeconds: DELIVERY_SECONDS,
        Comment: `${document} on ${node}`.slice(0, 100),
      }),
    )
    if (!Command?.CommandId) throw new CloudRefused(`SendCommand answered without a command for ${document} on ${node}`)
    return { commandId: Command.CommandId, sentAt: now(), attempt: attempt + 1 }
  } catch (error) {
    // Online is said a moment before SendCommand knows the instance.
    if (isNamed(error, 'InvalidInstanceId'))
      throw new NotYetVisible(`${node} (${instanceId}) as a managed node`, { cause: error })
    throw error
  }
})
