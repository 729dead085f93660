/** Sees to it that these nodes' instances run. Called again until all of them do. */
import { StartInstancesCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { ec2 } from './shared/clients/ec2.ts'
import { done, Watch, wait } from './shared/deadline.ts'
import { CloudRefused, isNamed } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { ArrayName } from './shared/names.ts'
import { findNodes, only } from './shared/picture.ts'

const Event = z.strictObject({ array: ArrayName, nodes: z.array(z.string()), watch: Watch })

const DEADLINE_SECONDS = 300

/** InsufficientInstanceCapacity goes through to the workflow, which is more patient than this. */
export const handler = define(Event, async ({ array, nodes, watch }) => {
  const found = await findNodes(array)
  const wanted = nodes.map(name => {
    const node = only(found, name)
    if (!node) throw new CloudRefused(`${name} is gone: star up makes it anew`)
    return node
  })
  const stopped = wanted.filter(({ state }) => state === 'stopped')
  if (stopped.length > 0) await start(stopped.map(({ instanceId }) => instanceId))
  const late = wanted.filter(({ state }) => state !== 'running')
  if (late.length === 0) return done
  const names = late.map(({ name, instanceId }) => `${name} (${instanceId})`).join(', ')
  return wait(watch, DEADLINE_SECONDS, `${names} to be running`)
})

async function start(InstanceIds: string[]): Promise<void> {
  try {
    await ec2().send(new StartInstancesCommand({ InstanceIds }))
  } catch (error) {
    // One of them is still on its way down, or another look will tell.
    if (!isNamed(error, 'IncorrectInstanceState', 'IncorrectState', 'InvalidInstanceID.NotFound')) throw error
  }
}
