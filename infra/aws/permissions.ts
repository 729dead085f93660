/** What each function may do, and what the agent on a node may do; nothing else is allowed to anybody. */
import { isLook, OperationName } from '../../functions/shared/operations.ts'
import { arrays, fences, images, letsFence } from './ec2-grants.ts'
import {
  announces,
  endsLocks,
  follows,
  type Grant,
  listsLocks,
  listsRecords,
  type Place,
  readsRecipe,
  readsRecords,
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
  seesSnapshots,
  seesSubnets,
  sendsDocuments,
  starts,
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
 * policy has for State Manager, inventory and patches is not used: the agent's log will say that it is denied. A controller's
 * fence agent has the same role.
 */
export const nodeStatements = (place: Place): Statement[] => [...runsAgent(place), ...fences(place)]

const operations = OperationName.options
/** Those that hold a lock: looking takes none. */
const holding = operations.filter(operation => !isLook(operation))
/** An array's. */
const changing = holding.filter(operation => operation !== 'prepare-image')

export const permissions: Record<string, Grant[]> = {
  'accept-luns': [writesRecords],
  'accept-request': [writesRecords, seesDisks],
  'apply-schedules': [seesNodes, readsRecords, follows(...changing), starts('start-array', 'stop-array')],
  'ask-nodes': [readsRecords, seesNodes, seesAgents, sendsDocuments('array'), seesReports],
  'assess-array': [readsRecords, seesNodes, seesDisks, seesReports, follows(...changing)],
  'check-gate': [],
  'check-input': [],
  'check-outcomes': [],
  'check-request': [readsRecords, seesSubnets, seesOfferings],
  'complete-addition': [writesRecords],
  'complete-request': [writesRecords],
  'conclude-documents': [seesNodes, seesReports],
  'create-builder': [seesNodes, seesGroups, images.createsGroups, images.launchesInto('security-group'), images.starts],
  'create-groups': [
    seesGroups,
    arrays.createsGroups,
    arrays.opensPorts,
    seesPlacementGroups,
    arrays.createsPlacementGroups,
  ],
  'create-image': [seesImages, images.createsImages, images.deregistersImages],
  'end-operation': [listsLocks, endsLocks, announces],
  'find-place': [seesSubnets, seesImages],
  'handle-api': [
    ...[seesNodes, seesDisks, seesImages, seesSubnets, seesOfferings, readsRecords, listsRecords],
    ...[starts(...operations), follows(...operations)],
  ],
  'judge-array': [readsRecords, seesNodes, seesDisks, seesReports, follows(...changing)],
  'lock-array': [takesLocks, follows(...holding)],
  'look-at-documents': [seesAgents, seesNodes, seesReports],
  'make-resources': [
    ...[seesNodes, seesDisks, arrays.launchesInto('security-group', 'placement-group'), arrays.starts],
    ...[arrays.createsDisks, arrays.attachesDisks, letsFence],
  ],
  'plan-check': [readsRecords, seesNodes, follows(...changing)],
  'plan-documents': [seesNodes, seesDisks],
  'plan-failover': [],
  'plan-image': [seesImages, seesSubnets, seesOfferings, readsRecipe],
  'plan-perfweb': [readsRecords, seesNodes],
  'plan-proof': [seesNodes],
  'plan-reboot': [],
  'plan-return': [],
  'plan-start': [readsRecords, seesNodes, seesDisks],
  'plan-stop': [],
  'plan-target': [seesNodes],
  'plan-trust': [seesNodes],
  'reboot-instance': [seesNodes, arrays.reboots],
  'record-perfweb': [writesRecords],
  'record-schedule': [writesRecords, seesNodes],
  'remove-record': [removesRecords],
  'remove-resources': [
    ...[seesNodes, seesDisks, seesGroups, seesPlacementGroups],
    ...[arrays.terminates, arrays.deletesDisks, arrays.deletesGroups, arrays.deletesPlacementGroups],
  ],
  'send-documents': [seesAgents, sendsDocuments('array', 'image'), seesReports],
  'start-nodes': [seesNodes, arrays.starts],
  'stop-builder': [seesNodes, images.stops],
  'stop-nodes': [seesNodes, arrays.stops],
  'take-event': [starts('add-luns'), follows('add-luns'), announces],
  'tidy-images': [
    ...[seesNodes, seesGroups, seesImages, seesSnapshots],
    ...[images.terminates, images.deletesGroups, images.deregistersImages, images.deletesSnapshots],
  ],
  'verify-array': [],
  'watch-arrays': [seesNodes, listsRecords, readsRecords, follows(...holding), starts('inspect-array')],
}
