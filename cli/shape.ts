/** What the progress display has to know of a state machine: which states are work, and which of them go round in a loop. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kebab } from './events.ts'

export interface StateShape {
  type: string
  /** Machine of the child execution that it starts and waits for. */
  starts?: string
  /** The states of the polling loop it belongs to, itself included; empty where it belongs to none. */
  loop: string[]
}

export type ShapeOf = (machine: string, state: string) => StateShape | undefined

interface Asl {
  States: Record<string, AslState>
}
interface AslState {
  Type: string
  Parameters?: { StateMachineArn?: string }
  Next?: string
  Default?: string
  Choices?: { Next?: string }[]
  Branches?: Asl[]
}

/** Reads `<folder>/<machine>.asl.json` when it is first asked for. A machine that is not there has no known states. */
export function shapesFrom(folder: string): ShapeOf {
  const machines = new Map<string, Map<string, StateShape>>()
  return (machine, state) => {
    let shapes = machines.get(machine)
    if (!shapes) {
      const file = join(folder, `${machine}.asl.json`)
      shapes = existsSync(file) ? shapesOf(JSON.parse(readFileSync(file, 'utf8')) as Asl) : new Map()
      machines.set(machine, shapes)
    }
    return shapes.get(state)
  }
}

export function shapesOf(asl: Asl): Map<string, StateShape> {
  const shapes = new Map<string, StateShape>()
  for (const [name, state] of Object.entries(asl.States)) {
    const ahead = reachable(asl, name)
    const loop = [...ahead].filter(other => ahead.has(name) && reachable(asl, other).has(name))
    // `${RunDocumentsMachine}`: what a deployment puts there is an ARN.
    const child = /^\$\{(\w+)Machine\}$/.exec(state.Parameters?.StateMachineArn ?? '')?.[1]
    shapes.set(name, { type: state.Type, loop, ...(child && { starts: kebab(child) }) })
    for (const branch of state.Branches ?? []) for (const [n, s] of shapesOf(branch)) shapes.set(n, s)
  }
  return shapes
}

/** States that can follow this one. A Catch leaves the loop, so it does not count. */
function reachable({ States }: Asl, from: string): Set<string> {
  const seen = new Set<string>()
  const open = [from]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const { Next, Default, Choices = [] } = States[name] ?? { Type: '' }
    for (const next of [Next, Default, ...Choices.map(choice => choice.Next)]) {
      if (next === undefined || seen.has(next)) continue
      seen.add(next)
      open.push(next)
    }
  }
  return seen
}
