/** Sees to it that a node's instance runs: started if it was stopped, launched if there is none. */
import { StartInstancesCommand } from '@aws-sdk/client-ec2'
import { ec2 } from '../clients/ec2.ts'
import { isNamed, passing } from '../errors.ts'
import { launch } from '../launch.ts'
import { clientToken } from '../names.ts'
import { type Node, nodeOf, only } from '../picture.ts'
import type { Making, Place } from '../shapes.ts'
import { taggedAs } from '../tags.ts'
import { warn } from '../telemetry.ts'
import { NoRoomInGroup, type Work } from './making.ts'

export interface WantedInstance {
  array: string
  name: string
  role: Node['role']
  instanceType: string
  /** Security group. */
  groupId: string
  /** Name of the placement group that keeps it on other hardware than its partner. */
  placementGroup?: string
}

export interface Where {
  /** ARN. */
  execution: string
  place: Place
}

const DEADLINE_SECONDS = 300
/** What EC2 answers where the hardware that a placement group asks for is short, or is not offered. */
const NO_ROOM = ['InsufficientInstanceCapacity', 'InsufficientCapacity', 'Unsupported']

export const instance = (wanted: WantedInstance, where: Where, nodes: Node[]): Work => ({
  ...{ execution: where.execution, step: 'create-instance', node: wanted.name, seconds: DEADLINE_SECONDS },
  make: was => make(wanted, where, nodes, was),
})

async function make(wanted: WantedInstance, where: Where, nodes: Node[], { alone }: Making) {
  const { name } = wanted
  const group = alone ? undefined : wanted.placementGroup
  let node = only(nodes, name)
  try {
    node ??= await launchNode(wanted, where, group)
  } catch (error) {
    if (group === undefined) throw error
    if (isNamed(error, 'InvalidPlacementGroup.Unknown')) return `placement group ${group} to be there`
    if (!isNamed(error, ...NO_ROOM)) throw error
    const why = { array: wanted.array, node: name, error: error.name, message: error.message }
    warn(`no room for ${name} in ${group}: it goes without`, why)
    throw new NoRoomInGroup(error.message, { cause: error })
  }
  const { instanceId, state } = node
  if (state === 'running') return undefined
  // It may still be on its way down, or another look will tell.
  const not = ['IncorrectInstanceState', 'IncorrectState', 'InvalidInstanceID.NotFound']
  if (state === 'stopped') await passing(ec2().send(new StartInstancesCommand({ InstanceIds: [instanceId] })), ...not)
  return `${name} (${instanceId}) to be running`
}

async function launchNode(wanted: WantedInstance, { execution, place }: Where, placementGroup?: string): Promise<Node> {
  const { array, name, role, instanceType, groupId } = wanted
  // Another request needs another token.
  const token = clientToken(execution, placementGroup ? `${name} in ${placementGroup}` : name)
  const tags = [
    taggedAs('instance', { array, role, node: name }),
    taggedAs('volume', { array, role: 'root', node: name }),
  ]
  return nodeOf(await launch({ token, name, place, instanceType, groupId, placementGroup, tags }))
}
