/** Sends a document to a node. It may be sent again at any time: each of them converges, and a node runs one at a time. */
import { SendCommandCommand } from '@aws-sdk/client-ssm'
import { ssm } from './clients/ssm.ts'
import { CloudRefused, isNamed } from './errors.ts'
import type { Run } from './shapes.ts'

/** Until the agent has taken it; how long it then may run is said in the document itself. */
const DELIVERY_SECONDS = 120

/** The command's id; undefined where SendCommand does not know the instance: Online is said a moment before it does. */
export async function send({ document, node, instanceId, parameters }: Run): Promise<string | undefined> {
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
    return Command.CommandId
  } catch (error) {
    if (isNamed(error, 'InvalidInstanceId')) return undefined
    throw error
  }
}
