/** Asks for the reboot of a node's instance, and returns at once: that it has rebooted is for a gate to see. */
import { RebootInstancesCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { ec2 } from './shared/clients/ec2.ts'
import { CloudRefused } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { ArrayName } from './shared/names.ts'
import { findNodes, only } from './shared/picture.ts'

const Event = z.strictObject({ array: ArrayName, node: z.string() })

export const handler = define(Event, async ({ array, node: name }) => {
  const node = only(await findNodes(array), name)
  if (node?.state !== 'running') throw new CloudRefused(`${name} cannot be rebooted: it is ${node?.state ?? 'gone'}`)
  await ec2().send(new RebootInstancesCommand({ InstanceIds: [node.instanceId] }))
  return { node: name }
})
