/** Sees to it that the instance an image is made of is off: nothing is written to its disk while that is copied. */
import { StopInstancesCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { ec2 } from './shared/clients/ec2.ts'
import { done, Watch, wait } from './shared/deadline.ts'
import { CloudRefused, passing } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { findBuilders } from './shared/images.ts'

const Event = z.strictObject({ instanceId: z.string(), watch: Watch })

const DEADLINE_SECONDS = 600

export const handler = define(Event, async ({ instanceId, watch }) => {
  const builder = (await findBuilders()).find(builder => builder.instanceId === instanceId)
  if (!builder) throw new CloudRefused(`${instanceId}, which the image was to be made of, is gone`)
  const { name, state } = builder
  if (state === 'stopped') return done
  if (state === 'running') {
    const stop = ec2().send(new StopInstancesCommand({ InstanceIds: [instanceId] }))
    await passing(stop, 'IncorrectInstanceState', 'IncorrectState')
  }
  return wait(watch, DEADLINE_SECONDS, `${name} (${instanceId}) to be stopped`)
})
