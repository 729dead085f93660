/** Runs a workflow with faults, then the same request again with none, and says what was not as promised. */
import { ARRAY } from '../sequences/sequence.ts'
import { watchLuns } from '../sequences/watch.ts'
import type { Outcome } from '../sequences/world.ts'
import { openFaultyWorld, type Planned } from './inject.ts'
import { type Fault, type Point, tellOf } from './kinds.ts'
import type { Scenario } from './scenarios.ts'
import { inTheEnd, type Round, verdict } from './verdict.ts'

export interface Report {
  problems: string[]
  /** What was done and how it ended. */
  lines: string[]
  /** Of the first run. */
  points: Point[]
  came: Fault[]
}

/** `rounds`: the faults of each run, before the last one, which has none. */
export async function runFaults(scenario: Scenario, ...rounds: Planned[][]): Promise<Report> {
  const report: Report = { problems: [], lines: [], points: [], came: [] }
  const { problems, lines } = report
  const { world, during } = openFaultyWorld({ onDocument: document => look(document) })
  const look = watchLuns(world.nodes.sims, problems)
  const identities = () => (world.nodes.sims.get(ARRAY)?.luns ?? []).map(({ name, uuid }) => `${name} ${uuid}`)
  const act = async () => {
    if (!scenario.entrance) return await world.act({ act: scenario.act, troubles: [] })
    return { ...(await scenario.entrance.ask(world)), act: scenario.act }
  }
  try {
    for (const { operation, input } of scenario.before) {
      const { status, cause } = await world.ask(operation, input)
      if (status !== 'SUCCEEDED') throw new Error(`${operation}, before anything was wrong: ${cause}`)
    }
    const before = identities()
    const gone: Round[] = []
    for (const planned of rounds) {
      const { result, points, came } = await during(planned, act)
      const round = { outcome: result, came, points }
      if (gone.length === 0) report.points = points
      report.came.push(...came)
      lines.push(...came.map(tellOf), `→ ${wordsOf(result)}`)
      problems.push(...(await verdict(world, scenario, round, gone)))
      gone.push(round)
      // What comes after a violation only hides where it began.
      if (problems.length > 0) return report
    }
    const last = await act()
    lines.push(`once more → ${wordsOf(last)}`)
    problems.push(...(await inTheEnd(world, scenario, last)))
    const after = identities()
    if (scenario.end !== 'gone' && before.some((lun, place) => lun !== after[place])) {
      problems.push(`LUNs were ${before}, now ${after}`)
    }
    return report
  } finally {
    world.close()
  }
}

const wordsOf = ({ status, error, cause }: Outcome) => (error ? `${status}: ${error}: ${cause}` : status)
