/** Each workflow that users start, on what it is started, and what is to be there when it has ended well. */
import type { RequestInput } from '../../functions/shared/request.ts'
import type { Act } from '../sequences/sequence.ts'
import { ARRAY } from '../sequences/sequence.ts'
import { type Entrance, entrances } from './entrances.ts'

export interface Scenario {
  name: string
  before: Act[]
  act: Act
  /** Through which it is asked for, and what is to go wrong goes wrong there. */
  entrance?: Entrance
  /** `gone`: there is no array then; `image`: there never was. */
  end: 'running' | 'stopped' | 'gone' | 'image'
  /** Names of LUNs. */
  luns: string[]
  /** What the documentation tells to do after a run that was cut off, before it is asked for again. */
  remedy?: Act
}

/** Two disks and a second host, or nothing would happen beside each other. */
export const request: RequestInput = {
  array: ARRAY,
  disks: { count: 2, size: '4G' },
  luns: [{ count: 2, size: '256M' }],
  hosts: [{}, { luns: ['LUN0'] }],
}

const of = (operation: Act['operation'], more: object = {}): Act => ({ operation, input: { array: ARRAY, ...more } })
const up: Act = { operation: 'provision-array', input: { ...request } }
const built: Omit<Scenario, 'name' | 'act'> = { before: [up], end: 'running', luns: ['LUN0', 'LUN1'] }

const oneMore = { luns: [{ count: 1, size: '64M' }] }
const late = { luns: [{ name: 'late', size: '64M' }] }
const added: Omit<Scenario, 'name' | 'act'> = { ...built, luns: ['LUN0', 'LUN1', 'LUN2'] }
/** Down from each full minute on; it goes up in summer. */
const down = { start: '0 0 1 7 *', stop: '* * * * *', timezone: 'UTC' }

const list: Omit<Scenario, 'name'>[] = [
  { ...built, before: [], act: up },
  { ...added, act: of('add-luns', { ...oneMore, key: 'once' }) },
  { ...built, act: of('reboot-nodes') },
  // By number: handed over once more, what came to its end unheard would go back.
  { ...built, act: of('failover-array', { to: 2 }) },
  { ...built, act: of('check-array') },
  { ...built, act: of('stop-array'), end: 'stopped' },
  { ...built, before: [up, of('stop-array')], act: of('start-array') },
  { ...built, act: of('schedule-array', { schedule: { start: '0 9 * * 1-5', stop: '0 19 * * *', timezone: 'UTC' } }) },
  { ...built, act: of('enable-perfweb') },
  { ...built, act: of('teardown-array'), end: 'gone', luns: [] },
  { before: [], act: { operation: 'prepare-image', input: {} }, end: 'image', luns: [] },
]

const byEntrance: Omit<Scenario, 'name'>[] = [
  // By name: once more is with another key there.
  {
    ...{ ...built, luns: ['LUN0', 'LUN1', 'late'], act: of('add-luns', late) },
    entrance: entrances.byApi(`/arrays/${ARRAY}/luns`, late),
  },
  { ...added, act: of('add-luns', oneMore), entrance: entrances.byEvent({ array: ARRAY, ...oneMore }) },
  {
    ...{ ...built, before: [up, of('schedule-array', { schedule: down })], end: 'stopped' },
    ...{ act: of('stop-array'), entrance: entrances.byTimer },
  },
]

export const scenarios: Scenario[] = [
  ...list.map(scenario => ({ ...scenario, name: scenario.act.operation })),
  ...byEntrance.map(scenario => ({ ...scenario, name: `${scenario.act.operation} by ${scenario.entrance?.name}` })),
]

/** The same, and what a failed build has made is kept. */
export const keeping = (scenario: Scenario): Scenario =>
  scenario.name === 'provision-array'
    ? { ...scenario, act: { ...scenario.act, input: { ...scenario.act.input, keepOnFailure: true } } }
    : scenario
