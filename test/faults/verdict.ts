/** Whether a run with faults ended as it may. Each answers sentences about what is not so. */
import type { ImageRecord } from '../../infra/local/ec2-records.ts'
import { healthy, leftovers, locksOf, recordOf } from '../sequences/invariants.ts'
import { WORDS } from '../sequences/judge.ts'
import type { Act } from '../sequences/sequence.ts'
import type { Outcome, World } from '../sequences/world.ts'
import { errorOf, type Fault, MARK, type Point } from './kinds.ts'
import { request, type Scenario } from './scenarios.ts'

/**
 * Of one run, whether it came to a good end or not. Of one that was killed nothing can be asked but the next one.
 * `after` are the runs before it: what they left is not its doing, unless it succeeds.
 */
export async function verdict(
  world: World,
  scenario: Scenario,
  { outcome, came, points }: Round,
  after: Round[],
): Promise<string[]> {
  const { status } = outcome
  if (status === 'KILLED') return came.some(({ kind }) => kind.startsWith('killed')) ? [] : ['nobody killed it']
  const problems =
    status === 'FAILED' ? told(scenario, outcome, came) : status === 'SUCCEEDED' ? [] : [`it ended ${status}`]
  const locks = mayKeepLock({ came }) ? [] : locksOf(world)
  // A lock of one who died before is void; it goes with the first who takes it.
  const own = after.some(isCutOff) ? locks.filter(lock => lock.includes(String(outcome.execution))) : locks
  if (status === 'FAILED' && after.some(isCutOff)) return [...problems, ...own]
  const left = [...kept(outcome, points), ...(await whatIsLeft(world, scenario, outcome, came))]
  if (!mayKeepLock({ came })) return [...problems, ...locks, ...left]
  return [...problems, ...left.filter(problem => !problem.startsWith('parameters: '))]
}

const isCutOff = (round: Round) => round.outcome.status === 'KILLED' || mayKeepLock(round)

/** Who may not let it go has said so; it is nobody's then, for its execution has ended. */
const mayKeepLock = ({ came }: Pick<Round, 'came'>) =>
  came.some(({ point, kind }) => kind === 'refused' && point.by === 'end-operation')

export interface Round {
  outcome: Outcome
  came: Fault[]
  points: Point[]
}

/** After the same request came once more, with nothing in its way. */
export async function inTheEnd(world: World, scenario: Scenario, outcome: Outcome): Promise<string[]> {
  const { status, error, cause } = outcome
  if (status !== 'SUCCEEDED') return [`the same request once more ended ${status}: ${error}: ${cause}`]
  // Who only looks waits for nobody who was rebooted.
  if (scenario.act.operation === 'check-array') await world.time.sleep(BOOT_MS)
  return [...locksOf(world), ...(await asPromised(world, scenario))]
}

async function asPromised(world: World, { end, luns }: Scenario): Promise<string[]> {
  if (end === 'gone') return leftovers(world, [])
  if (end === 'image') return [...leftovers(world, []), ...imagesOf(world, 1)]
  const names = (world.nodes.sims.get(String(request.array))?.luns ?? []).map(({ name }) => name)
  return [
    ...leftovers(world, [request]),
    ...(await healthy(world, end)),
    ...(names.join() === luns.join() ? [] : [`the array has ${names}, not ${luns}`]),
  ]
}

function imagesOf({ store }: World, ...counts: number[]): string[] {
  const images = store.list<ImageRecord>('image')
  const strange = images.filter(({ state }) => state !== 'available').map(({ name, state }) => `${name} is ${state}`)
  const snapshots = store.list('snapshot').length
  return [
    ...strange,
    ...(counts.includes(images.length) ? [] : [`there are ${images.length} images`]),
    ...(snapshots === images.length ? [] : [`there are ${snapshots} snapshots for ${images.length} images`]),
  ]
}

/** Who asked for a look at what a failed build has made finds all of it. */
function kept({ status, act, cause = '' }: Outcome, points: Point[]): string[] {
  if (status !== 'FAILED' || act.operation !== 'provision-array') return []
  const removed = points.some(({ by }) => by === 'remove-resources')
  const told = cause.includes('has been removed')
  return [
    ...(act.input.keepOnFailure && removed ? ['it was to be kept, but something was removed'] : []),
    ...(told && !removed ? ['it says that all was removed, which it was not'] : []),
    ...(removed && !told && !cause.includes('the undo failed') ? ['it does not say what became of what it made'] : []),
  ]
}

const REMOVERS = ['remove-resources', 'tidy-images']

async function whatIsLeft(world: World, scenario: Scenario, { status, act, cause = '' }: Outcome, came: Fault[]) {
  if (status === 'SUCCEEDED') return await asPromised(world, scenario)
  // What may not be removed stays.
  if (came.some(({ point, kind }) => kind === 'refused' && REMOVERS.includes(point.by))) return []
  if (act.operation === 'teardown-array') return []
  // Only where something more went wrong an undo may leave something, and it says so.
  if (came.length > 1 && cause.includes('\nand then the undo failed: ')) return []
  if (scenario.end === 'image') return [...leftovers(world, []), ...imagesOf(world, 0, 1)]
  if (act.operation !== 'provision-array')
    return [...leftovers(world, [request]), ...(await asBefore(world, act, came))]
  if (recordOf(world)?.state === 'ready') return [...leftovers(world, [request]), ...(await healthy(world, 'running'))]
  return act.input.keepOnFailure ? [] : leftovers(world, [])
}

/** What hosts were served before, they are served after a failure, too, once who was rebooted has booted. */
async function asBefore(world: World, { operation }: Act, came: Fault[]): Promise<string[]> {
  const [fault, ...more] = came
  if (!SERVING.includes(operation) || more.length > 0 || fault?.kind === 'mute') return []
  await world.time.sleep(BOOT_MS)
  const problems = await healthy(world, 'running')
  return operation === 'add-luns' ? problems.filter(problem => !ADDING.test(problem)) : problems
}

/** Those that neither begin nor end with machines that are off. */
const SERVING = ['add-luns', 'reboot-nodes', 'failover-array', 'check-array', 'schedule-array', 'enable-perfweb']
const BOOT_MS = 60_000
/** A LUN that is not there yet. */
const ADDING = /LUN2|late|^healthy is false$|^a LUN is still new$|its target has \d LUNs, not 3$/

/** The first thing that it says is the fault, in a word that is known. */
function told({ entrance }: Scenario, { error = '', cause = '' }: Outcome, came: Fault[]): string[] {
  const [first = ''] = cause.split('\nand then ')
  // What a workflow would try again, whoever stands at an entrance has to.
  const atEntrance = ['Sandbox.Timedout', 'SchedulesFailed']
  const words = came.flatMap(({ point, kind }) => [
    errorOf(kind, 'ec2', point.what).name,
    errorOf(kind, 'ssm', point.what).name,
  ])
  // A document that fails has something to say; a node that is gone is named.
  const silent = came.filter(({ point, kind }) => point.on === 'document' && !kind.startsWith('failed'))
  const names = silent.map(({ point }) => point.what)
  return [
    ...(came.length > 0 ? [] : [`nothing was wrong, but it failed`]),
    ...([...WORDS, ...words, ...(entrance ? atEntrance : [])].includes(error) ? [] : [`a defect: ${error}: ${cause}`]),
    ...([MARK, ...names].some(word => first.includes(word))
      ? []
      : [`it does not say what was wrong: ${error}: ${cause}`]),
  ]
}
