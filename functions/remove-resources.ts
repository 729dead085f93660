/**
 * One round of taking an array down, by its tags and nothing else: whatever can be removed now, is. Called again until
 * nothing is left, and then once more, because what was made a moment ago may show late.
 */
import {
  DeletePlacementGroupCommand,
  DeleteSecurityGroupCommand,
  DeleteVolumeCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { ec2 } from './shared/clients/ec2.ts'
import { Watch, wait } from './shared/deadline.ts'
import { listGroups, listInstances, listPlacementGroups, listVolumes } from './shared/ec2.ts'
import { passing } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { ArrayName } from './shared/names.ts'
import { ofArray, tag } from './shared/tags.ts'

const Event = z.strictObject({
  array: ArrayName,
  watch: Watch.extend({ seenEmpty: z.boolean().optional() }),
  /** Names of what was found by the rounds before. */
  removed: z.array(z.string()),
})

const DEADLINE_SECONDS = 900

export const handler = define(Event, async ({ array, watch: { since, seenEmpty }, removed: before }) => {
  const instances = await removeInstances(array)
  const disks = await removeDisks(array)
  const groups = instances.length === 0 ? [...(await removeGroups(array)), ...(await removePlacementGroup(array))] : []
  const left = [...instances, ...disks, ...groups]
  const removed = [...new Set([...before, ...left])]
  if (left.length === 0)
    return seenEmpty
      ? { ready: true, watch: {}, removed }
      : { ready: false, watch: { since, seenEmpty: true }, removed }
  return { ...wait({ since }, DEADLINE_SECONDS, `${left.join(', ')} of ${array} to be gone`), removed }
})

/** Each returns the names of what was still there when it looked. */
async function removeInstances(array: string): Promise<string[]> {
  const states = ['pending', 'running', 'stopping', 'stopped', 'shutting-down']
  const alive = { Name: 'instance-state-name', Values: states }
  const found = await listInstances({ Filters: [...ofArray(array, 'controller', 'host'), alive] })
  const InstanceIds = found
    .filter(({ State }) => State?.Name !== 'shutting-down')
    .flatMap(({ InstanceId }) => InstanceId ?? [])
  if (InstanceIds.length > 0) {
    await passing(ec2().send(new TerminateInstancesCommand({ InstanceIds })), 'InvalidInstanceID.NotFound')
  }
  return found.map(({ Tags }) => tag(Tags, 'star:node'))
}

async function removeDisks(array: string): Promise<string[]> {
  const found = await listVolumes({ Filters: ofArray(array, 'disk') })
  for (const { VolumeId, State } of found) {
    if (State !== 'available' && State !== 'error') continue
    const removal = ec2().send(new DeleteVolumeCommand({ VolumeId }))
    await passing(removal, 'InvalidVolume.NotFound', 'VolumeInUse', 'IncorrectState')
  }
  return found.map(({ Tags }) => tag(Tags, 'star:node'))
}

/** The controllers' group first: its rules name the other. */
async function removeGroups(array: string): Promise<string[]> {
  const found = await listGroups({ Filters: ofArray(array, 'controllers-group', 'hosts-group') })
  const order = found.sort((a, b) => tag(a.Tags, 'star:role').localeCompare(tag(b.Tags, 'star:role')))
  for (const { GroupId } of order) {
    const removal = ec2().send(new DeleteSecurityGroupCommand({ GroupId }))
    await passing(removal, 'InvalidGroup.NotFound', 'DependencyViolation')
  }
  return found.map(({ Tags }) => tag(Tags, 'star:node'))
}

/** EC2 keeps it as long as an instance in it is not all gone. */
async function removePlacementGroup(array: string): Promise<string[]> {
  const found = await listPlacementGroups(ofArray(array, 'placement-group'))
  for (const { GroupName, State } of found) {
    if (State === 'deleting') continue
    const removal = ec2().send(new DeletePlacementGroupCommand({ GroupName }))
    await passing(removal, 'InvalidPlacementGroup.Unknown', 'InvalidPlacementGroup.InUse')
  }
  return found.map(({ Tags }) => tag(Tags, 'star:node'))
}
