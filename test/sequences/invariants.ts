/** What must be so whenever nobody is at work, and in the end. Each answers sentences about what is not so. */
import type { Inspection } from '../../functions/shared/inspection.ts'
import { acceptRequest, type RequestInput } from '../../functions/shared/request.ts'
import { sharedDisks } from '../../functions/shared/shared-disks.ts'
import { defaultGroup } from '../../infra/local/ec2-group-records.ts'
import {
  type GroupRecord,
  type InstanceRecord,
  isLive,
  type PlacementGroupRecord,
  type VolumeRecord,
} from '../../infra/local/ec2-records.ts'
import { isAlive } from '../../infra/local/process-mark.ts'
import type { ExecutionRecord } from '../../infra/local/sfn.ts'
import { ARRAY } from './sequence.ts'
import type { World } from './world.ts'

interface Parameter {
  name: string
  value: string
}

/** The one in memory, and that of machines. */
type Stored = Pick<World, 'store'>

const parametersOf = ({ store }: Stored) => store.list<Parameter>('parameter')

export interface Recorded {
  state: string
  request: RequestInput
}

export function recordOf(world: Stored, array = ARRAY): Recorded | undefined {
  const found = parametersOf(world).find(({ name }) => name === `/star/${array}`)
  return found && (JSON.parse(found.value) as Recorded)
}

/** `expected`: the arrays that have to be there, and nothing else may. */
export function leftovers(world: World, expected: RequestInput[]): string[] {
  const { store, machines } = world
  const instances = store.list<InstanceRecord>('instance').filter(isLive)
  return [
    ...strangers(world, expected),
    ...differing(
      'machines',
      [...machines.machines.keys()],
      instances.map(({ id }) => id),
    ),
    ...differing(
      'disks',
      [...machines.disks.keys()],
      store.list<VolumeRecord>('volume').map(({ id }) => id),
    ),
    ...(machines.open() === instances.length > 0
      ? []
      : ['the network is open without machines, or the other way round']),
  ]
}

/** Of them, what the cloud itself knows. */
export function strangers(world: Stored, expected: RequestInput[]): string[] {
  const { store } = world
  const requests = expected.map(request => acceptRequest(request))
  const instances = store.list<InstanceRecord>('instance').filter(isLive)
  const volumes = store.list<VolumeRecord>('volume')
  const groups = store.list<GroupRecord>('group').filter(({ id }) => id !== defaultGroup.id)
  const tagged = (records: { tags: Record<string, string> }[]) =>
    records.map(({ tags }) => `${tags['star:array']} ${tags['star:role']} ${tags['star:node']}`)
  const executions = store.list<ExecutionRecord>('execution')
  return [
    ...differing(
      'instances',
      tagged(instances),
      requests.flatMap(({ array, controllers, hosts }) => [
        ...controllers.names.map(name => `${array} controller ${name}`),
        ...hosts.map(({ name }) => `${array} host ${name}`),
      ]),
    ),
    ...differing(
      'volumes',
      tagged(volumes),
      requests.flatMap(request => sharedDisks(request).map(({ name }) => `${request.array} disk ${name}`)),
    ),
    ...differing(
      'groups',
      groups.map(({ tags }) => `${tags['star:array']} ${tags['star:role']}`),
      requests.flatMap(({ array }) => [`${array} controllers-group`, `${array} hosts-group`]),
    ),
    ...differing(
      'placement groups',
      tagged(store.list<PlacementGroupRecord>('placement-group')),
      requests.map(({ array }) => `${array} placement-group star-${array}`),
    ),
    ...differing(
      'parameters',
      parametersOf(world).map(({ name }) => name),
      requests.map(({ array }) => `/star/${array}`),
    ),
    ...executions
      .filter(({ status, worker }) => status === 'RUNNING' && isAlive(worker))
      .map(({ arn }) => `${arn} still runs`),
  ]
}

function differing(what: string, found: string[], expected: string[]): string[] {
  const [there, wanted] = [found.toSorted().join(', '), expected.toSorted().join(', ')]
  return there === wanted ? [] : [`${what}: there are [${there}], not [${wanted}]`]
}

/** Nobody holds the lock, and nobody is taking it over. */
export const locksOf = (world: Stored) =>
  parametersOf(world)
    .filter(({ name }) => name.includes('/lock'))
    .map(({ name, value }) => `${name} is there: ${value}`)

/** An array that serves what its record says, all of it and in order. */
export async function healthy(world: World, power: Inspection['power']): Promise<string[]> {
  const look = await world.ask('inspect-array', { array: ARRAY })
  const inspection = look.output as Inspection | undefined
  if (!inspection) return [`it cannot be looked at: ${look.error}: ${look.cause}`]
  const record = recordOf(world)
  const names = record ? acceptRequest(record.request).luns.map(({ name, sizeMiB }) => `${name}=${sizeMiB}`) : []
  const sim = world.nodes.sims.get(ARRAY)
  const there = sim?.luns.map(({ name, sizeMiB }) => `${name}=${sizeMiB}`) ?? []
  return [
    ...(inspection.healthy === (power === 'running') ? [] : [`healthy is ${inspection.healthy}`]),
    ...(inspection.power === power ? [] : [`its power is ${inspection.power}, not ${power}`]),
    ...(inspection.state === 'ready' ? [] : [`its state is ${inspection.state}`]),
    ...inspection.problems,
    ...(there.join() === names.join() ? [] : [`its pool has ${there}, not ${names}`]),
    ...(sim?.luns.some(({ isNew }) => isNew) ? ['a LUN is still new'] : []),
  ]
}

/** What must not change of an array that nobody works on. */
export function fingerprint(world: World, array: string): string {
  const instances = world.store.list<InstanceRecord>('instance').filter(({ tags }) => tags['star:array'] === array)
  const boots = instances.map(({ id, state }) => [id, state, world.machines.machines.get(id)?.bootId])
  const volumes = world.store.list<VolumeRecord>('volume').filter(({ tags }) => tags['star:array'] === array)
  const { luns, exported, grants } = world.nodes.sims.get(array) ?? {}
  return JSON.stringify([boots, volumes, recordOf(world, array), luns, exported, grants && [...grants]])
}
