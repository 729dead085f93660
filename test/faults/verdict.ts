/** Whether a run with faults ended as it may. Each answers sentences about what is not so. */
import type { ImageRecord } from '../../infra/local/ec2-records.ts'
import { healthy, leftovers, locksOf, recordOf } from '../sequences/invariants.ts'
import { WORDS } from '../sequences/judge.ts'
import type { Outcome, World } from '../sequences/world.ts'
import { errorOf, type Fault, MARK } from './kinds.ts'
import { request, type Scenario } from './scenarios.ts'

/**
 * Of one run, whether it came to a good end or not. Of one that was killed nothing can be asked but the next one.
 * `after` are the runs before it: what they left is not its doing, unless it succeeds.
 */
export async function verdict(
  world: World,
  scenario: Scenario,
  { outcome, came }: Round,
  after: Round[],
): Promise<string[]> {
  const { status } = outcome
  if (status === 'KILLED') return came.some(({ kind }) => kind.startsWith('killed')) ? [] : ['nobody killed it']
  const problems =
    status === 'FAILED' ? told(outcome, came, after) : status === 'SUCCEEDED' ? [] : [`it ended ${status}`]
  if (status === 'FAILED' && after.some(round => round.outcome.status === 'KILLED' || mayKeepLock(round)))
    return problems
  const locks = locksOf(world)
  const left = await whatIsLeft(world, scenario, outcome, came)
  if (!mayKeepLock({ outcome, came })) return [...problems, ...locks, ...left]
  return [...problems, ...left.filter(problem => !problem.startsWith('parameters: '))]
}

/** Who may not let it go has said so; it is nobody's then, for its execution has ended. */
const mayKeepLock = ({ came }: Round) =>
  came.some(({ point, kind }) => kind === 'refused' && point.by === 'end-operation')

export interface Round {
  outcome: Outcome
  came: Fault[]
}

/** After the same request came once more, with nothing in its way. */
export async function inTheEnd(world: World, scenario: Scenario, outcome: Outcome): Promise<string[]> {
  const { status, error, cause } = outcome
  if (status !== 'SUCCEEDED') return [`the same request once more ended ${status}: ${error}: ${cause}`]
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

const REMOVERS = ['remove-resources', 'tidy-images']

async function whatIsLeft(world: World, scenario: Scenario, { status, act, cause = '' }: Outcome, came: Fault[]) {
  if (status === 'SUCCEEDED') return await asPromised(world, scenario)
  // What may not be removed stays.
  if (came.some(({ point, kind }) => kind === 'refused' && REMOVERS.includes(point.by))) return []
  if (act.operation === 'teardown-array') return []
  // Only where something more went wrong an undo may leave something, and it says so.
  if (came.length > 1 && cause.includes('\nand then the undo failed: ')) return []
  if (scenario.end === 'image') return [...leftovers(world, []), ...imagesOf(world, 0, 1)]
  if (act.operation !== 'provision-array') return leftovers(world, [request])
  if (recordOf(world)?.state === 'ready') return [...leftovers(world, [request]), ...(await healthy(world, 'running'))]
  return act.input.keepOnFailure ? [] : leftovers(world, [])
}

/** The first thing that it says is the fault, in a word that is known; or that a run that was cut off left the array so. */
function told({ error = '', cause = '' }: Outcome, came: Fault[], after: Round[]): string[] {
  if (error === 'NotReady' && after.some(({ outcome }) => outcome.status !== 'SUCCEEDED')) return []
  const [first = ''] = cause.split('\nand then ')
  const words = came.flatMap(({ point, kind }) => [
    errorOf(kind, 'ec2', point.what).name,
    errorOf(kind, 'ssm', point.what).name,
  ])
  const names = came.filter(({ point }) => point.on === 'document').map(({ point }) => point.what)
  return [
    ...(came.length > 0 ? [] : [`nothing was wrong, but it failed`]),
    ...([...WORDS, ...words].includes(error) ? [] : [`a defect: ${error}: ${cause}`]),
    ...([MARK, ...names].some(word => first.includes(word))
      ? []
      : [`it does not say what was wrong: ${error}: ${cause}`]),
  ]
}
