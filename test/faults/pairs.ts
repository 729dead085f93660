/** Two faults, from a seed and from nothing else: the second one meets the workflow, its undo, or the repetition. */
import { randomOf } from '../sequences/random.ts'
import type { Planned } from './inject.ts'
import { kindsAt, nameOf, type Point } from './kinds.ts'
import { type Report, runFaults } from './run.ts'
import { keeping, type Scenario, scenarios } from './scenarios.ts'

/** What one clean run of each shows. */
const clean = new Map<string, Promise<Point[]>>()

function pointsOf(scenario: Scenario): Promise<Point[]> {
  const points = clean.get(scenario.name) ?? runFaults(scenario, []).then(report => report.points)
  clean.set(scenario.name, points)
  return points
}

/** Beyond this many points after the first fault most undos have ended. */
const SOON = 60

export async function pairOf(seed: number): Promise<Report> {
  const random = randomOf(seed)
  const picked = random.pick(scenarios)
  const points = await pointsOf(picked)
  const scenario = random.chance(0.3) ? keeping(picked) : picked
  const point = random.pick(points)
  const first: Planned = { name: nameOf(point), kind: random.pick(kindsAt(point)) }
  // Early more often than late: an undo is short, and what follows a failure at once is what nobody thought of.
  const soon = (): Planned => ({ after: 1 + Math.floor(SOON * random.next() ** 2), share: random.next() })
  const inRepetition = random.chance(0.4)
  return inRepetition ? await runFaults(scenario, [first], [soon()]) : await runFaults(scenario, [first, soon()])
}
