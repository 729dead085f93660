/** What is there of an array, as the cloud's tags tell it. */
import type { Instance, Volume } from '@aws-sdk/client-ec2'
import { listInstances, listVolumes } from './ec2.ts'
import { CloudRefused } from './errors.ts'
import type { ArrayRequest } from './request.ts'
import { sharedDisks } from './shared-disks.ts'
import { ofArray, tag } from './tags.ts'

export interface Node {
  name: string
  role: 'controller' | 'host'
  instanceId: string
  instanceType: string
  /** EC2's word: pending, running, stopping, stopped. What is being terminated is not there any more. */
  state: string
  /** Private IPv4 address; empty until there is one. */
  address: string
  /** Of the latest start, in milliseconds since the epoch. */
  launchedAt: number
  /** When somebody asked for its stop; not there where it runs or went down by itself. */
  stoppedAt?: number
}

export interface Disk {
  name: string
  volumeId: string
  /** EC2's word: creating, available, in-use, error. */
  state: string
  sizeGiB: number
  type: string
  iops: number
  attachments: { instanceId: string; state: string }[]
}

const ALIVE = ['pending', 'running', 'stopping', 'stopped']
const DISK_ALIVE = ['creating', 'available', 'in-use', 'error']

export async function findNodes(array: string): Promise<Node[]> {
  const alive = { Name: 'instance-state-name', Values: ALIVE }
  return (await listInstances({ Filters: [...ofArray(array, 'controller', 'host'), alive] })).map(nodeOf)
}

export async function findDisks(array: string): Promise<Disk[]> {
  const alive = { Name: 'status', Values: DISK_ALIVE }
  return (await listVolumes({ Filters: [...ofArray(array, 'disk'), alive] })).map(diskOf)
}

/** The one with this name. Two would mean that somebody tagged by hand: which of them is meant is not ours to guess. */
export function only<T extends { name: string }>(found: T[], name: string): T | undefined {
  const named = found.filter(item => item.name === name)
  if (named.length > 1)
    throw new CloudRefused(`${named.length} resources carry the tag star:node=${name}: remove all but one`)
  return named[0]
}

/** Every node of the request, in its order, with what is there of it. */
export function expectedNodes(
  { controllers, hosts }: ArrayRequest,
  found: Node[],
): { name: string; role: Node['role']; node: Node | undefined }[] {
  return [
    ...controllers.names.map(name => ({ name, role: 'controller' as const })),
    ...hosts.map(({ name }) => ({ name, role: 'host' as const })),
  ].map(node => ({ ...node, node: only(found, node.name) }))
}

/** All of them, running; anything else at this point means that somebody interfered. */
export function requireNodes(request: ArrayRequest, found: Node[]): { controllers: [Node, Node]; hosts: Node[] } {
  const nodes = expectedNodes(request, found).map(({ name, node }) => {
    if (!node) throw new CloudRefused(`${name} is gone`)
    if (node.state !== 'running') throw new CloudRefused(`${name} (${node.instanceId}) is ${node.state}`)
    return node
  })
  const [first, second, ...hosts] = nodes as [Node, Node, ...Node[]]
  return { controllers: [first, second], hosts }
}

/** Volume ids of the pool's disks, in their order, and of the one for fencing, where there is to be one. */
export interface Volumes {
  pool: string[]
  fencing?: string
}

export function volumesOf(request: ArrayRequest, found: Disk[]): Volumes {
  const ids = sharedDisks(request).map(({ name }) => {
    const disk = only(found, name)
    if (!disk) throw new CloudRefused(`${name} is gone`)
    return disk.volumeId
  })
  return { pool: ids.slice(0, request.disks.count), fencing: ids[request.disks.count] }
}

export function nodeOf(instance: Instance): Node {
  return {
    name: tag(instance.Tags, 'star:node'),
    role: tag(instance.Tags, 'star:role') as Node['role'],
    instanceId: instance.InstanceId ?? '',
    instanceType: instance.InstanceType ?? '',
    state: instance.State?.Name ?? '',
    address: instance.PrivateIpAddress ?? '',
    launchedAt: instance.LaunchTime?.getTime() ?? 0,
    ...stopAsked(instance.StateTransitionReason),
  }
}

/** EC2 has this time nowhere but in a sentence: `User initiated (2026-11-23 10:00:00 GMT)`. */
function stopAsked(reason = ''): Pick<Node, 'stoppedAt'> {
  const [, day, time] = /^User initiated \((\S+) (\S+) GMT\)$/.exec(reason) ?? []
  const stoppedAt = Date.parse(`${day}T${time}Z`)
  return Number.isNaN(stoppedAt) ? {} : { stoppedAt }
}

export function diskOf(volume: Volume): Disk {
  return {
    name: tag(volume.Tags, 'star:node'),
    volumeId: volume.VolumeId ?? '',
    state: volume.State ?? '',
    sizeGiB: volume.Size ?? 0,
    type: volume.VolumeType ?? '',
    iops: volume.Iops ?? 0,
    attachments: (volume.Attachments ?? []).map(({ InstanceId, State }) => ({
      instanceId: InstanceId ?? '',
      state: State ?? '',
    })),
  }
}
