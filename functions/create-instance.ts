/** Sees to it that a node's instance runs: finds it by its tags, starts it if it was stopped, launches it if there is none. */
import { StartInstancesCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { ec2 } from './shared/clients/ec2.ts'
import { done, Watch, wait } from './shared/deadline.ts'
import { isNamed } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { launch } from './shared/launch.ts'
import { ArrayName, clientToken, ExecutionArn } from './shared/names.ts'
import { findNodes, type Node, nodeOf, only } from './shared/picture.ts'
import { InstanceItem, Place } from './shared/shapes.ts'
import { taggedAs } from './shared/tags.ts'
import { warn } from './shared/telemetry.ts'

const Event = z.strictObject({
  array: ArrayName,
  execution: ExecutionArn,
  place: Place,
  item: InstanceItem,
  /** `alone`: there was no room for it in its placement group. */
  watch: Watch.extend({ alone: z.literal(true).optional() }),
})
type Event = z.output<typeof Event>

interface Answer {
  ready: boolean
  watch: Event['watch']
  seconds: number
  instanceId?: string
}

const DEADLINE_SECONDS = 300
/** What EC2 answers where the hardware that a placement group asks for is short, or is not offered. */
const NO_ROOM = ['InsufficientInstanceCapacity', 'InsufficientCapacity', 'Unsupported']

export const handler = define(Event, async (event): Promise<Answer> => {
  const { array, item, watch } = event
  const { alone } = watch
  const waiting = (what: string): Answer => {
    const waited = wait({ since: watch.since }, DEADLINE_SECONDS, what)
    return { ...waited, watch: { ...waited.watch, ...(alone && { alone }) } }
  }
  const group = alone ? undefined : item.placementGroup
  let node = only(await findNodes(array), item.node)
  try {
    node ??= await launchNode(event, group)
  } catch (error) {
    if (group === undefined) throw error
    if (isNamed(error, 'InvalidPlacementGroup.Unknown')) return waiting(`placement group ${group} to be there`)
    if (!isNamed(error, ...NO_ROOM)) throw error
    const { name, message } = error
    warn(`no room for ${item.node} in ${group}: it goes without`, { array, node: item.node, error: name, message })
    // By the next call: what the workflow hands over decides, so that a call that is made twice does the same twice.
    return { ready: false, watch: { ...watch, alone: true }, seconds: 1 }
  }
  const { instanceId, state } = node
  if (state === 'running') return { ...done, instanceId }
  if (state === 'stopped') await start(node)
  return { ...waiting(`${item.node} (${instanceId}) to be running`), instanceId }
})

async function launchNode({ array, execution, place, item }: Event, placementGroup: string | undefined): Promise<Node> {
  const { node: name, role, instanceType, groupId } = item
  // Another request needs another token.
  const token = clientToken(execution, placementGroup ? `${name} in ${placementGroup}` : name)
  const tags = [
    taggedAs('instance', { array, role, node: name }),
    taggedAs('volume', { array, role: 'root', node: name }),
  ]
  return nodeOf(await launch({ token, name, place, instanceType, groupId, placementGroup, tags }))
}

async function start({ instanceId }: Node): Promise<void> {
  try {
    await ec2().send(new StartInstancesCommand({ InstanceIds: [instanceId] }))
  } catch (error) {
    // It is still on its way down, or another look will tell.
    if (!isNamed(error, 'IncorrectInstanceState', 'IncorrectState', 'InvalidInstanceID.NotFound')) throw error
  }
}
