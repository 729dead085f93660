/** Sees to it that the instance an image is made of is there and on: found by its tags, started, or launched. */
import { StartInstancesCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { ec2 } from './shared/clients/ec2.ts'
import { Watch, wait } from './shared/deadline.ts'
import { run } from './shared/documents.ts'
import { isNamed, NotYetVisible, passing } from './shared/errors.ts'
import { findOrCreateGroup } from './shared/groups.ts'
import { define } from './shared/handler.ts'
import { findBuilders } from './shared/images.ts'
import { launch } from './shared/launch.ts'
import { clientToken, ExecutionArn } from './shared/names.ts'
import { type Node, nodeOf } from './shared/picture.ts'
import { ImagePlan } from './shared/shapes.ts'
import { imageTags, ofImages } from './shared/tags.ts'

const Event = z.strictObject({ plan: ImagePlan, execution: ExecutionArn, watch: Watch })
type Event = z.output<typeof Event>

const DEADLINE_SECONDS = 300
/** The agent may have to be installed first. */
const AGENT_SECONDS = 600
/** Where nobody is left to remove it. */
const LIFETIME_MINUTES = 90

export const handler = define(Event, async event => {
  const { plan, watch } = event
  const name = `${plan.name}-builder`
  const node = (await findBuilders()).find(builder => builder.name === name) ?? (await launchBuilder(event, name))
  const { instanceId, state } = node
  if (state === 'stopped') {
    const start = ec2().send(new StartInstancesCommand({ InstanceIds: [instanceId] }))
    await passing(start, 'IncorrectInstanceState', 'IncorrectState')
  }
  const isOn = state === 'pending' || state === 'running'
  return {
    ...(isOn ? { ready: true, watch: {} } : wait(watch, DEADLINE_SECONDS, `${name} (${instanceId}) to start`)),
    instanceId,
    run: { ...run('prepare-image', node), agentSeconds: AGENT_SECONDS },
  }
})

async function launchBuilder({ plan: { os, place, instanceType }, execution }: Event, name: string): Promise<Node> {
  const { GroupId: groupId = '' } = await findOrCreateGroup({
    ...{ name: 'star-image', vpcId: place.vpcId, description: 'STAR security group: takes nothing in' },
    ...{ tags: imageTags({ os, role: 'image-group', node: 'star-image' }), filters: ofImages('image-group') },
  })
  const token = clientToken(execution, name)
  const tags = [
    { ResourceType: 'instance' as const, Tags: imageTags({ os, role: 'image-builder', node: name }) },
    { ResourceType: 'volume' as const, Tags: imageTags({ os, role: 'root', node: name }) },
  ]
  try {
    const wanted = { token, name, place, instanceType, groupId, tags, endsAfterMinutes: LIFETIME_MINUTES }
    return nodeOf(await launch(wanted))
  } catch (error) {
    if (isNamed(error, 'InvalidGroup.NotFound')) throw new NotYetVisible('security group star-image', { cause: error })
    throw error
  }
}
