/** What each function may do, and what the agent on a node may do; nothing else is allowed to anybody. */
import { OperationName } from '../../functions/shared/operations.ts'
import {
  announces,
  attachesDisks,
  createsDisks,
  createsGroups,
  createsPlacementGroups,
  endsLocks,
  follows,
  type Grant,
  launchesNodes,
  listsLocks,
  listsRecords,
  opensPorts,
  type Place,
  readsRecords,
  rebootsNodes,
  removesDisks,
  removesGroups,
  removesNodes,
  removesPlacementGroups,
  removesRecords,
  runsAgent,
  type Statement,
  seesAgents,
  seesDisks,
  seesGroups,
  seesImages,
  seesNodes,
  seesOfferings,
  seesPlacementGroups,
  seesReports,
  seesSubnets,
  sendsDocuments,
  starts,
  startsNodes,
  stopsNodes,
  takesLocks,
  writesRecords,
} from './grants.ts'

export type { Place, Statement } from './grants.ts'

/** Throws for a function that the table does not know; empty for one that decides without asking the cloud. */
export function statementsOf(functionName: string, place: Place): Statement[] {
  const grants = permissions[functionName]
  if (!grants) throw new Error(`infra/aws/permissions.ts says nothing of ${functionName}`)
  return grants.flatMap(grant => grant(place))
}

/**
 * In place of AmazonSSMManagedInstanceCore, which also lets a node read every parameter of the account. What that
 * policy has for State Manager, inventory and patches is not used: the agent's log will say that it is denied.
 */
export const nodeStatements = (place: Place): Statement[] => runsAgent(place)

const operations = OperationName.options
/** Those that hold an array's lock: looking takes none. */
const changing = operations.filter(operation => operation !== 'inspect-array')

export const permissions: Record<string, Grant[]> = {
  'accept-luns': [writesRecords],
  'accept-request': [writesRecords, seesDisks],
  'apply-schedules': [seesNodes, readsRecords, follows(...changing), starts('start-array', 'stop-array')],
  'assess-array': [readsRecords, seesNodes, seesDisks, seesReports, follows(...changing)],
  'attach-disk': [seesDisks, attachesDisks],
  'check-agent': [seesAgents, seesNodes],
  'check-document': [seesReports],
  'check-gate': [],
  'check-input': [],
  'check-outcomes': [],
  'check-request': [readsRecords, seesSubnets, seesOfferings],
  'complete-addition': [writesRecords],
  'complete-request': [writesRecords],
  'create-disk': [seesDisks, createsDisks],
  'create-groups': [seesGroups, createsGroups, opensPorts, seesPlacementGroups, createsPlacementGroups],
  'create-instance': [seesNodes, launchesNodes, startsNodes],
  'end-operation': [listsLocks, endsLocks, announces],
  'find-place': [seesSubnets, seesImages],
  'handle-api': [
    ...[seesNodes, seesDisks, seesSubnets, seesOfferings, readsRecords, listsRecords],
    ...[starts(...operations), follows(...operations)],
  ],
  'lock-array': [takesLocks, follows(...changing)],
  'plan-attachments': [seesNodes, seesDisks],
  'plan-documents': [seesNodes, seesDisks],
  'plan-inspection': [readsRecords, seesNodes],
  'plan-perfweb': [readsRecords, seesNodes],
  'plan-proof': [seesNodes],
  'plan-reboot': [],
  'plan-resources': [],
  'plan-start': [readsRecords, seesNodes],
  'plan-stop': [],
  'plan-target': [seesNodes],
  'plan-trust': [seesNodes],
  'reboot-instance': [seesNodes, rebootsNodes],
  'record-perfweb': [writesRecords],
  'record-schedule': [writesRecords, seesNodes],
  'remove-record': [removesRecords],
  'remove-resources': [
    ...[seesNodes, seesDisks, seesGroups, seesPlacementGroups],
    ...[removesNodes, removesDisks, removesGroups, removesPlacementGroups],
  ],
  'send-document': [sendsDocuments],
  'start-nodes': [seesNodes, startsNodes],
  'stop-nodes': [seesNodes, stopsNodes],
  'take-event': [starts('add-luns'), follows('add-luns'), announces],
  'verify-array': [],
  'watch-arrays': [seesNodes, listsRecords, readsRecords, follows(...changing), starts('inspect-array')],
}
