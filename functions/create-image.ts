/** Sees to it that an image is there: found by its name, or made of its builder. Called again until it can be used. */
import { CreateImageCommand, DeregisterImageCommand, type Image } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { ec2 } from './shared/clients/ec2.ts'
import { done, Watch, wait } from './shared/deadline.ts'
import { CloudRefused, isNamed, NotYetVisible } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { baseTag, ownImages } from './shared/images.ts'
import { ImagePlan } from './shared/shapes.ts'
import { imageTags } from './shared/tags.ts'

/** `instanceId` is empty where the image is there or in the making. */
const Event = z.strictObject({ plan: ImagePlan, instanceId: z.string(), watch: Watch })
type Event = z.output<typeof Event>

/** A snapshot of 10 GiB takes minutes. */
const DEADLINE_SECONDS = 1800

export const handler = define(Event, async event => {
  const { plan, watch } = event
  const found = (await ownImages()).find(({ Name }) => Name === plan.name)
  const goesOn = found && !isLeft(found, event)
  const imageId = goesOn ? (found.ImageId ?? '') : await create(event, found)
  const state = goesOn ? found.State : 'pending'
  if (state === 'available') return { ...done, imageId }
  if (state !== 'pending') {
    throw new CloudRefused(`${plan.name} (${imageId}) is ${state}: ${found?.StateReason?.Message ?? 'no reason given'}`)
  }
  return { ...wait(watch, DEADLINE_SECONDS, `${plan.name} (${imageId}) to be available`), imageId }
})

/** It failed before this operation began, and keeps the name. */
const isLeft = ({ State }: Image, { plan, watch }: Event) =>
  plan.isNew && watch.since === undefined && State !== 'available' && State !== 'pending'

async function create({ plan: { name, os }, instanceId }: Event, left: Image | undefined): Promise<string> {
  if (left) await ec2().send(new DeregisterImageCommand({ ImageId: left.ImageId }))
  if (!instanceId) throw new CloudRefused(`${name} is gone`)
  const tags = imageTags({ os, role: 'image', node: name })
  try {
    const { ImageId } = await ec2().send(
      new CreateImageCommand({
        InstanceId: instanceId,
        Name: name,
        Description: `STAR: ${os} with the packages of controllers and hosts`,
        TagSpecifications: [
          { ResourceType: 'image', Tags: [...tags, { Key: 'star:base', Value: baseTag() }] },
          { ResourceType: 'snapshot', Tags: tags },
        ],
      }),
    )
    if (!ImageId) throw new CloudRefused(`CreateImage answered without an image for ${name}`)
    return ImageId
  } catch (error) {
    // Made by a call whose answer was lost, or just deregistered: the next look will tell.
    if (isNamed(error, 'InvalidAMIName.Duplicate')) throw new NotYetVisible(`image ${name}`, { cause: error })
    throw error
  }
}
