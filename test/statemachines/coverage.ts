/** Which states and which error paths of the definitions were really gone through. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type State, statesOf } from '../../infra/definitions.ts'
import { loadDefinition } from '../../infra/local/definitions.ts'
import type { ProgressEvent } from '../../infra/local/engine.ts'

interface Caught extends State {
  Catch?: object[]
  Retry?: { ErrorEquals: string[] }[]
}

export const machines = readdirSync(join(import.meta.dirname, '../../statemachines')).map(file =>
  file.replace('.asl.json', ''),
)

/** Machines whose error paths are gone through in a test file of their own; all others in error-paths.test.ts. */
const apart: Record<string, string[]> = {
  'prepare-image.test.ts': ['prepare-image'],
  'add-luns.test.ts': ['add-luns', 'export-luns'],
  'schedule-array.test.ts': ['schedule-array'],
  'enable-perfweb.test.ts': ['enable-perfweb'],
  'stop-array.test.ts': ['stop-array', 'power-off'],
  'start-array.test.ts': ['start-array', 'power-on'],
  'reboot-nodes.test.ts': ['reboot-nodes', 'pass-gate'],
  'check-array.test.ts': ['check-array'],
  'failover-array.test.ts': ['failover-array'],
}
const together = machines.filter(machine => !Object.values(apart).flat().includes(machine))

const statesOfAll = (of: string[]) =>
  of.flatMap(machine =>
    statesOf(loadDefinition(machine)).map(({ name, state }) => ({ id: `${machine}.${name}`, state: state as Caught })),
  )

export const allStates = (of = together) => statesOfAll(of).map(({ id }) => id)
export const allCatches = (of = together) => statesOfAll(of).flatMap(({ id, state }) => (state.Catch ? [id] : []))
/** Retries by a name of ours or EC2's; those for Lambda's, Step Functions' and the SDK's faults are the same everywhere. */
export const allRetries = (of = together) =>
  statesOfAll(of).flatMap(({ id, state }) =>
    (state.Retry ?? [])
      .flatMap(({ ErrorEquals }) => ErrorEquals)
      .filter(error => !/^(Lambda|StepFunctions|Sfn|Sandbox)\.|^Cloud(Unavailable|Throttled)$/.test(error))
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

/** What of the machines that this test file accounts for was not gone through. */
export function untried(events: ProgressEvent[], file: string) {
  const of = apart[file] ?? []
  const { states, catches, failures, retried } = gone(events)
  return {
    states: allStates(of).filter(state => !states.has(state)),
    catches: allCatches(of).filter(state => !catches.has(state)),
    retries: allRetries(of).filter(retry => !failures.has(retry) || !retried.has(retry.split(' ')[0] as string)),
  }
}
