/** Runs one sequence in memory, and says what was not as promised. */
import { acceptRequest, type RequestInput } from '../../functions/shared/request.ts'
import { fingerprint, healthy, leftovers, locksOf, recordOf } from './invariants.ts'
import { judge, stillHealthy } from './judge.ts'
import { agreeing, leftByAll, nothing, type State } from './luns.ts'
import { type Sequence, type Step, tellOf } from './sequence.ts'
import { watchLuns } from './watch.ts'
import { effectsUntil, type Outcome, openWorld, type World } from './world.ts'

export interface Report {
  problems: string[]
  /** What was done and how it ended. */
  lines: string[]
  outcomes: Outcome[]
}

const NEIGHBOUR: RequestInput = { array: 'lab-b', disks: { count: 1, size: '4G' }, luns: [{ count: 1, size: '64M' }] }

export async function runSequence({ request, steps, closing, neighbour }: Sequence): Promise<Report> {
  const report: Report = { problems: [], lines: [], outcomes: [] }
  const { problems } = report
  const world = openWorld({ onDocument: document => look(document) })
  const look = watchLuns(world.nodes.sims, problems)
  let states: State[] = [nothing]
  const account = (words: string, outcomes: Outcome[]) => {
    report.lines.push(words, ...outcomes.map(outcome => `  → ${wordsOf(outcome)}`))
    report.outcomes.push(...outcomes)
    states = settled(world, leftByAll(states, outcomes), problems)
  }
  try {
    const before = neighbour && (await buildNeighbour(world))
    let unharmed = false
    for (const step of steps) {
      const outcomes = await perform(world, step)
      account(tellOf(step), outcomes)
      problems.push(...judge(outcomes, unharmed))
      // An operation that came to its end leaves no lock, neither its own nor that of one who died before it.
      if (outcomes.every(({ status }) => status !== 'KILLED')) problems.push(...locksOf(world))
      unharmed = stillHealthy(outcomes, unharmed) && recordOf(world)?.state === 'ready'
      // What comes after a violation only hides where it began.
      if (problems.length > 0) return report
    }
    for (const act of closing) {
      const outcome = await world.act({ act, troubles: [] })
      account(`finally ${tellOf({ act, troubles: [] })}`, [outcome])
      if (outcome.status !== 'SUCCEEDED') problems.push(`${act.operation} must succeed here`)
    }
    const last = closing.at(-1)?.operation
    const gone = last === 'teardown-array'
    problems.push(...leftovers(world, [...(gone ? [] : [request]), ...(before ? [NEIGHBOUR] : [])]))
    if (!gone) problems.push(...(await healthy(world, last === 'stop-array' ? 'stopped' : 'running')))
    if (before && before !== fingerprint(world, 'lab-b')) problems.push('the other array was changed')
    return report
  } finally {
    world.close()
  }
}

async function buildNeighbour(world: World): Promise<string> {
  const { status, cause } = await world.ask('provision-array', NEIGHBOUR)
  if (status !== 'SUCCEEDED') throw new Error(`the neighbour could not be built: ${cause}`)
  return fingerprint(world, 'lab-b')
}

async function perform(world: World, { beside, ...deed }: Step): Promise<Outcome[]> {
  if (!beside) return [await world.act(deed)]
  let other: Promise<Outcome> | undefined
  const begin = () => {
    other ??= world.act(beside)
    return other
  }
  const first = await world.act(deed, [[effectsUntil(deed.act, beside.at), begin]])
  return [first, await begin()]
}

/** What the record says has to be one of the things that may have become of it. */
function settled(world: World, may: State[], problems: string[]): State[] {
  const record = recordOf(world)
  const luns = record && acceptRequest(record.request).luns
  const states = agreeing(may, luns, record?.state === 'ready')
  if (states.length > 0) return states
  const tell = (list: State['luns']) =>
    list?.map(({ name = '*', sizeMiB }) => `${name}=${sizeMiB}`).join(' ') ?? 'no array'
  const expected = [...new Set(may.map(state => `${tell(state.luns)}${state.ready ? ', ready' : ''}`))].join(' or ')
  problems.push(`the record says ${tell(luns)}, ${record?.state}; expected ${expected}`)
  return may
}

const wordsOf = ({ status, error, cause, output, effects, cuts }: Outcome) =>
  [
    status,
    error && `${error}: ${cause}`,
    status === 'SUCCEEDED' && JSON.stringify(output)?.slice(0, 160),
    `(${effects} effects)`,
    cuts.length > 0 && `power cut: ${cuts}`,
  ]
    .filter(Boolean)
    .join(' ')
