/** Which states and which error paths of the definitions were really gone through. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadDefinition, type State, statesOf } from '../../infra/local/definitions.ts'
import type { ProgressEvent } from '../../infra/local/engine.ts'

interface Caught extends State {
  Catch?: object[]
  Retry?: { ErrorEquals: string[] }[]
}

export const machines = readdirSync(join(import.meta.dirname, '../../statemachines')).map(file =>
  file.replace('.asl.json', ''),
)

const statesOfAll = () =>
  machines.flatMap(machine =>
    statesOf(loadDefinition(machine)).map(({ name, state }) => ({ id: `${machine}.${name}`, state: state as Caught })),
  )

export const allStates = () => statesOfAll().map(({ id }) => id)
export const allCatches = () => statesOfAll().flatMap(({ id, state }) => (state.Catch ? [id] : []))
/** Retries by a name of ours or EC2's; those for Lambda's and Step Functions' own faults are the same everywhere. */
export const allRetries = () =>
  statesOfAll().flatMap(({ id, state }) =>
    (state.Retry ?? [])
      .flatMap(({ ErrorEquals }) => ErrorEquals)
      .filter(error => !/^(Lambda|StepFunctions)\./.test(error))
      .map(error => `${id} ${error}`),
  )

/** From the events of all runs: which of these were gone through. */
export function gone(events: ProgressEvent[]) {
  const at = (event: ProgressEvent) => `${event.machine}.${event.state}`
  const of = (kind: ProgressEvent['kind']) => events.filter(event => event.kind === kind)
  return {
    states: new Set(of('state-entered').map(at)),
    catches: new Set(of('state-caught').map(at)),
    failures: new Set(of('state-failed').map(event => `${at(event)} ${event.error}`)),
    retried: new Set(of('state-retried').map(at)),
  }
}
