/**
 * The random sequences of test/sequences on one array of machines, through the command: killed as a user's computer
 * would kill it, while a host writes whenever the array runs.
 *
 *     STAR_E2E=all STAR_SEED=7 STAR_SEQUENCES=20 ./star test e2e sequences
 */
import { expect, it } from 'vitest'
import { acceptRequest } from '../../functions/shared/request.ts'
import { openLocal } from '../../infra/local/local.ts'
import { locksOf, recordOf, strangers } from '../sequences/invariants.ts'
import { judge } from '../sequences/judge.ts'
import { agreeing, isRefused, leftByAll, nothing, type State } from '../sequences/luns.ts'
import { type Act, ARRAY, type Kinds, sequenceOf, tellOf } from '../sequences/sequence.ts'
import type { Outcome } from '../sequences/world.ts'
import { perform, performStep } from './acts.ts'
import { home, inspect, onNode, star } from './star.ts'
import { startWriter, type Writer } from './writer.ts'

const { STAR_SEED = '1', STAR_SEQUENCES = '1' } = process.env
const HOST = 'instance-1'
const request = { array: ARRAY, disks: { count: 2, size: '8G' }, luns: [{ count: 3, size: '256M' }] }

/** The array is kept from one sequence to the next; taking it down and building it takes minutes. */
const kinds: Kinds = {
  operations: [
    ['provision-array', 2],
    ['add-luns', 6],
    ['reboot-nodes', 2],
    ['failover-array', 2],
    ['stop-array', 2],
    ['start-array', 2],
    ['schedule-array', 1],
    ['enable-perfweb', 1],
    ['teardown-array', 0.3],
  ],
  closing: [
    [['provision-array'], 1],
    [['start-array'], 1],
  ],
  cuts: false,
  request,
  most: 3,
}
const up: Act = { operation: 'provision-array', input: request }
/** A host that still uses its LUNs is not stopped: a user would end that first. */
const interrupting = ({ operation }: Act) => operation === 'stop-array' || operation === 'teardown-array'

let states: State[] = [nothing]
let writer: Writer | undefined
/** What the host and the controllers know of each LUN: may grow, and nothing else. */
let known = { identities: [] as string[], numbers: [] as string[] }

it.each(Array.from({ length: Number(STAR_SEQUENCES) }, (_, i) => Number(STAR_SEED) + i))(
  'every promise is kept in sequence %i',
  { timeout: 60 * 60_000 },
  async seed => {
    const { steps, closing } = sequenceOf(seed, kinds)
    const lines = [`seed ${seed}; alone: STAR_E2E=all STAR_SEED=${seed} STAR_SEQUENCES=1 ./star test e2e sequences`]
    for (const step of steps) {
      const acts = [step.act, ...(step.beside ? [step.beside.act] : [])]
      if (acts.some(interrupting)) await stopWriting(lines)
      else await writeWhereItRuns()
      lines.push(tellOf(step))
      await account(lines, await performStep(step))
    }
    for (const act of closing) await finish(act, lines)
    await verify(lines)
    await stopWriting(lines)
  },
)

/** What has to be so after each step. */
async function account(lines: string[], outcomes: Outcome[]): Promise<void> {
  for (const { status, error, cause } of outcomes) lines.push(`  → ${status} ${error ?? ''} ${cause ?? ''}`)
  const { luns, ready, locks } = await stored(({ store }) => {
    const record = recordOf({ store })
    return {
      ...{ luns: record && acceptRequest(record.request).luns, ready: record?.state === 'ready' },
      locks: locksOf({ store }),
    }
  })
  const may = leftByAll(states, outcomes)
  states = agreeing(may, luns, ready)
  const problems = [
    ...judge(outcomes, false),
    ...(states.length > 0 ? [] : [`the record says ${JSON.stringify(luns)}; expected one of ${JSON.stringify(may)}`]),
    ...(outcomes.every(({ status }) => status !== 'KILLED') ? locks : []),
  ]
  hold(problems, lines)
  // What comes next is another array: nothing of this one is promised any more.
  const gone = outcomes.some(outcome => outcome.act.operation === 'teardown-array' && !isRefused(outcome))
  if (gone || luns === undefined) known = { identities: [], numbers: [] }
}

/** `start` is for an array that was complete once; all else is completed by `up`. */
async function finish(act: Act, lines: string[]): Promise<void> {
  const ready = await stored(({ store }) => recordOf({ store })?.state === 'ready')
  const last = ready ? act : up
  lines.push(`finally ${tellOf({ act: last, troubles: [] })}`)
  let outcome = await perform({ act: last, troubles: [] })
  // An instance that a teardown took before it was killed is made anew by `up` alone.
  if (last.operation === 'start-array' && /star up/.test(outcome.cause ?? '')) {
    await account(lines, [outcome])
    outcome = await perform({ act: up, troubles: [] })
  }
  await account(lines, [outcome])
  hold(outcome.status === 'SUCCEEDED' ? [] : ['it must succeed here'], lines)
}

/** The array is whole, and every LUN is what it was. */
async function verify(lines: string[]): Promise<void> {
  const { healthy, problems, state } = await inspect(ARRAY)
  const left = await stored(({ store }) => strangers({ store }, [request]))
  hold([...(healthy && state === 'ready' ? [] : [`healthy ${healthy}, ${state}`]), ...problems, ...left], lines)
  // Which dm-N each of them is hangs on the host's boot.
  const identities = await linesOf(HOST, 'multipath -ll | grep -o "3600.*STAR-.*" | sed "s/) dm-[0-9]* / /" | sort')
  const numbers = await linesOf(`${ARRAY}-ctl1`, 'cat /etc/star/lunlist')
  expect(await linesOf(`${ARRAY}-ctl2`, 'cat /etc/star/lunlist'), lines.join('\n')).toEqual(numbers)
  expect(identities, lines.join('\n')).toEqual(expect.arrayContaining(known.identities))
  expect(numbers.slice(0, known.numbers.length), lines.join('\n')).toEqual(known.numbers)
  known = { identities, numbers }
}

async function writeWhereItRuns(): Promise<void> {
  if (writer || (await star('status', '--array', ARRAY)).status !== 0) return
  writer = await startWriter(ARRAY, HOST, 'LUN0')
}

/** Whatever was done meanwhile: no write failed, and each that was acknowledged is there. */
async function stopWriting(lines: string[]): Promise<void> {
  const written = await writer?.stop()
  writer = undefined
  if (!written) return
  const { writes, errors, bad, stalls } = written
  console.log(`${writes} writes, the longest took ${Math.max(0.5, ...stalls.map(([, seconds]) => seconds))} s or less`)
  expect({ errors, bad }, lines.join('\n')).toEqual({ errors: [], bad: [] })
  expect(writes, lines.join('\n')).toBeGreaterThan(0)
}

async function stored<T>(look: (cloud: Awaited<ReturnType<typeof openLocal>>['cloud']) => T): Promise<T> {
  const local = await openLocal({ home })
  try {
    return look(local.cloud)
  } finally {
    await local.close()
  }
}

const linesOf = async (node: string, line: string) => (await onNode(ARRAY, node, line)).trim().split('\n')

function hold(problems: string[], lines: string[]): void {
  expect([...problems, ...(problems.length > 0 ? lines : [])].join('\n')).toBe('')
}
