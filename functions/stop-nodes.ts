/** Sees to it that these nodes' instances are stopped. Called again until all of them are; one that is gone is no trouble. */
import { StopInstancesCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { ec2 } from './shared/clients/ec2.ts'
import { now } from './shared/clock.ts'
import { done, Watch, wait } from './shared/deadline.ts'
import { isNamed } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { ArrayName } from './shared/names.ts'
import { findNodes, only } from './shared/picture.ts'

const Event = z.strictObject({ array: ArrayName, nodes: z.array(z.string()), force: z.boolean(), watch: Watch })

const DEADLINE_SECONDS = 600
/** So long a system has to shut down by itself before force takes its power away. */
const PATIENCE_SECONDS = 120

export const handler = define(Event, async ({ array, nodes, force, watch }) => {
  const found = await findNodes(array)
  const left = nodes.flatMap(name => only(found, name) ?? []).filter(({ state }) => state !== 'stopped')
  if (left.length === 0) return done
  const Force = force && watch.since !== undefined && now() - watch.since >= PATIENCE_SECONDS * 1000
  // EC2 takes no stop for what is still starting; what is stopping needs another word only by force.
  const due = left.filter(({ state }) => state === 'running' || (Force && state === 'stopping'))
  if (due.length > 0) {
    await stop(
      due.map(({ instanceId }) => instanceId),
      Force,
    )
  }
  const names = left.map(({ name, instanceId }) => `${name} (${instanceId})`).join(', ')
  return wait(watch, DEADLINE_SECONDS, `${names} to be stopped`)
})

async function stop(InstanceIds: string[], Force: boolean): Promise<void> {
  try {
    await ec2().send(new StopInstancesCommand({ InstanceIds, ...(Force && { Force }) }))
  } catch (error) {
    if (!isNamed(error, 'IncorrectInstanceState', 'IncorrectState', 'InvalidInstanceID.NotFound')) throw error
  }
}
