/** Every single fault of a workflow, as one clean run of it shows where there is something to go wrong. */
import { isRead, type Kind, kindsAt, nameOf, type Point } from './kinds.ts'
import { runFaults } from './run.ts'
import type { Scenario } from './scenarios.ts'

export interface Single {
  scenario: Scenario
  name: string
  kind: Kind
}

/** Where the same is asked again and again, one look in the middle is like the next, and what passes, passes there, too. */
const EVERY = 15
const LASTING: readonly Kind[] = ['refused', 'killed before']

export async function singlesOf(scenario: Scenario, all: boolean): Promise<Single[]> {
  const { points, problems } = await runFaults(scenario, [])
  if (problems.length > 0) throw new Error(`${scenario.name}, without faults: ${problems.join('\n')}`)
  const isLast = ({ by, what, nth }: Point) => !points.some(p => p.by === by && p.what === what && p.nth === nth + 1)
  return (
    points
      // What it starts is a scenario of its own.
      .filter(({ by }) => !scenario.entrance || by === scenario.entrance.name)
      .filter(point => all || point.nth <= 2 || point.nth % EVERY === 0 || isLast(point))
      .flatMap(point => {
        const kinds = kindsAt(point).filter(kind => all || point.nth === 1 || !isRead(point) || LASTING.includes(kind))
        return kinds.map(kind => ({ scenario, name: nameOf(point), kind }))
      })
  )
}
