import {
  CreatePlacementGroupCommand,
  type CreatePlacementGroupCommandInput,
  DeletePlacementGroupCommand,
  type DeletePlacementGroupCommandInput,
  DescribePlacementGroupsCommand,
  type DescribePlacementGroupsCommandInput,
  type Placement,
  type PlacementGroup,
} from '@aws-sdk/client-ec2'
import { account, region } from './ec2-network.ts'
import { type InstanceRecord, isLive, type PlacementGroupRecord } from './ec2-records.ts'
import { ec2Error } from './errors.ts'
import { knownFilters, matches } from './filters.ts'
import { newId } from './ids.ts'
import { type Cloud, type Route, route } from './route.ts'
import type { Store } from './store.ts'
import { tagList, tagsFor } from './tags.ts'

/** Placement groups: kept and checked as EC2 does. Here all machines stand on this computer, whatever their group. */

/** So many running instances EC2 takes into a rack-spread group in one zone. */
const MOST_SPREAD = 7

function create({ store }: Cloud, input: CreatePlacementGroupCommandInput) {
  const { GroupName: name, Strategy: strategy = 'cluster', SpreadLevel } = input
  if (!name) throw ec2Error('MissingParameter', 'The request must contain the parameter groupName')
  if (!/^[\x20-\x7e]{1,255}$/.test(name)) {
    throw ec2Error('InvalidParameterValue', `Value (${name}) for parameter groupName is invalid.`)
  }
  if (SpreadLevel !== undefined && strategy !== 'spread') {
    throw ec2Error('InvalidParameterCombination', 'SpreadLevel is valid only for spread placement groups')
  }
  if (SpreadLevel === 'host') throw ec2Error('InvalidParameterValue', 'SpreadLevel host is valid only on an Outpost')
  const level = strategy === 'spread' ? ('rack' as const) : undefined
  const tags = tagsFor('placement-group', input.TagSpecifications)
  return store.transact(() => {
    if (byName(store, name)) {
      throw ec2Error('InvalidPlacementGroup.Duplicate', `The placement group '${name}' already exists.`)
    }
    const group: PlacementGroupRecord = { id: newId('pg'), name, strategy, level, tags }
    store.put('placement-group', group.id, group)
    return { PlacementGroup: describeGroup(group) }
  })
}

const filterNames = ['group-name', 'group-arn', 'spread-level', 'state', 'strategy']

function describe({ store }: Cloud, { GroupNames, GroupIds, Filters }: DescribePlacementGroupsCommandInput) {
  knownFilters(Filters, filterNames)
  const asked = [
    ...(GroupNames ?? []).map(name => known(store, name)),
    ...(GroupIds ?? []).map(id => placementGroupById(store, id)),
  ]
  const found = (asked.length > 0 ? asked : all(store)).filter(group => {
    const fields = [[group.name], [arnOf(group)], group.level ? [group.level] : [], ['available'], [group.strategy]]
    return matches(Filters, Object.fromEntries(filterNames.map((name, n) => [name, fields[n] ?? []])), group.tags)
  })
  return { PlacementGroups: found.map(describeGroup) }
}

function remove({ store }: Cloud, { GroupName = '' }: DeletePlacementGroupCommandInput) {
  return store.transact(() => {
    const { id, name } = known(store, GroupName)
    if (members(store, name).length > 0) {
      throw ec2Error('InvalidPlacementGroup.InUse', `The placement group ${name} is in use and may not be deleted.`)
    }
    store.remove('placement-group', id)
    return {}
  })
}

/** The group that a launch names, if it does. */
export function placementGroup(store: Store, placement: Placement = {}): PlacementGroupRecord | undefined {
  const { GroupName, GroupId } = placement
  if (GroupName && GroupId) {
    throw ec2Error('InvalidParameterCombination', 'GroupName and GroupId may not be specified together')
  }
  if (GroupId) return placementGroupById(store, GroupId)
  return GroupName ? known(store, GroupName) : undefined
}

/** Throws where `more` instances would be too many. */
export function roomIn(store: Store, name: string, more: number): void {
  const { strategy } = known(store, name)
  const running = members(store, name).filter(({ state }) => state === 'pending' || state === 'running')
  if (strategy === 'spread' && running.length + more > MOST_SPREAD) {
    const message = `We currently do not have sufficient capacity to launch all of the additional requested instances into Placement Group '${name}'.`
    throw ec2Error('InsufficientInstanceCapacity', message)
  }
}

export function placementGroupById(store: Store, id: string): PlacementGroupRecord {
  const found = store.get<PlacementGroupRecord>('placement-group', id)
  if (found) return found
  throw ec2Error('InvalidPlacementGroupId.NotFound', `The Placement Group '${id}' is unknown.`)
}

function known(store: Store, name: string): PlacementGroupRecord {
  const found = byName(store, name)
  if (found) return found
  throw ec2Error('InvalidPlacementGroup.Unknown', `The Placement Group '${name}' is unknown.`)
}

const all = (store: Store) => store.list<PlacementGroupRecord>('placement-group')
const byName = (store: Store, name: string) => all(store).find(group => group.name === name)
const members = (store: Store, name: string) =>
  store.list<InstanceRecord>('instance').filter(instance => isLive(instance) && instance.placement === name)

const arnOf = ({ name }: PlacementGroupRecord) => `arn:aws:ec2:${region}:${account}:placement-group/${name}`

const describeGroup = (group: PlacementGroupRecord): PlacementGroup => ({
  GroupId: group.id,
  GroupName: group.name,
  GroupArn: arnOf(group),
  State: 'available',
  Strategy: group.strategy,
  SpreadLevel: group.level,
  Tags: tagList(group.tags),
})

export const placementRoutes: Route[] = [
  route(CreatePlacementGroupCommand, create),
  route(DescribePlacementGroupsCommand, describe),
  route(DeletePlacementGroupCommand, remove),
]
