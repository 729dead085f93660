/**
 * What the orchestration of each operation comes to: state transitions, functions, calls of AWS, and money in Tokyo. In
 * memory and in virtual time, with the workflows and handlers as they are.
 */
import type { RequestInput } from '../functions/shared/request.ts'
import { isExpress, machineNames } from '../infra/definitions.ts'
import { type Lab, openMemoryLab } from '../test/statemachines/memory-lab.ts'
import { type Figure, tableOf } from './figure.ts'

/** What nodes take here, in seconds: with it how often they are looked at is what AWS would bill. */
const DOCUMENT_SECONDS = 10
const BOOT_SECONDS = 40

/**
 * AWS's list prices in US dollars, 2026-11: Step Functions' standard workflows (looked up), its Express workflows and Lambda
 * on ARM (not confirmed). The free tiers, 4,000 transitions among them, are left out.
 */
const PRICES = {
  transition: 0.025 / 1000,
  ...{ watch: 1 / 1e6, watchGibSecond: 0.00001667 },
  ...{ invocation: 0.2 / 1e6, gibSecond: 0.0000133334 },
}
/** As infra/aws/functions.ts has it. */
const FUNCTION_GIB = 0.25
/** The least an execution of an Express workflow is billed for. */
const WATCH_GIB = 0.0625
/** Taken to be, not measured: a function's own work, and what it waits for one answer of AWS. */
const SECONDS = { function: 0.03, call: 0.08 }

const GOALS = { 'provision-array': 150, 'add-luns': 60, day: 0.01 }

export interface Count {
  operation: string
  /** Of standard workflows. */
  transitions: number
  /** Executions of Express workflows, and their seconds: their states cost nothing. */
  watches: number
  watchSeconds: number
  invocations: number
  calls: number
}

interface Grown {
  what: string
  counts: Count[]
}

type Asked = readonly [operation: string, input: Record<string, unknown>]

const array = 'star0001'
const addition = (count: number): Asked => ['add-luns', { array, luns: [{ count, size: '4M' }] }]
/** Whatever happens to one array in its life, in an order in which it can. */
const life = (request: RequestInput): Asked[] => [
  ['provision-array', { ...request, array }],
  addition(1),
  ['failover-array', { array }],
  ['reboot-nodes', { array }],
  ['check-array', { array }],
  ['stop-array', { array }],
  ['start-array', { array }],
  ['teardown-array', { array }],
]

export async function transitions(): Promise<{ figure: Figure; report: string }> {
  const usual = await countsOf(life({}))
  const day = dayOf(usual)
  const sizes: Grown[] = []
  // One after the other: a process has one cloud.
  for (const [what, request, luns] of SIZES) {
    sizes.push({ what, counts: await countsOf([['provision-array', { ...request, array }], addition(luns)]) })
  }
  return { figure: figureOf(usual, day), report: reportOf(usual, day, sizes) }
}

/** Of each: the request, and how many LUNs are added to it. */
const SIZES: [what: string, request: RequestInput, luns: number][] = [
  ['6 LUNs, 2 disks, 1 host; 1 LUN added', {}, 1],
  ['6 LUNs; 64 added', {}, 64],
  ['192 LUNs; 64 added', { luns: [{ count: 192, size: '64M' }] }, 64],
  ['16 disks', { disks: { count: 16 } }, 1],
  ['16 hosts', { hosts: Array.from({ length: 16 }, () => ({})) }, 1],
]

/** Runs operations on one array, one after the other. Throws where one does not succeed. */
export async function countsOf(operations: Asked[]): Promise<Count[]> {
  const lab = openMemoryLab({ driver: { bootMs: BOOT_SECONDS * 1000 } })
  slow(lab)
  try {
    const counts: Count[] = []
    for (const [operation, input] of operations) {
      lab.events.length = 0
      lab.counts.clear()
      let invocations = 0
      const { status, cause } = await lab.run(operation, input, {
        invoking: (_, answer) => {
          invocations++
          return answer()
        },
      })
      if (status !== 'SUCCEEDED') throw new Error(`${operation}: ${cause}`)
      const calls = [...lab.counts.values()].reduce((sum, count) => sum + count, 0)
      counts.push({ operation, ...statesOf(lab.events), invocations, calls })
    }
    return counts
  } finally {
    lab.close()
  }
}

function slow({ nodes }: Lab): void {
  const { reply } = nodes
  nodes.reply = (...asked) => ({ ...reply(...asked), durationMs: DOCUMENT_SECONDS * 1000 })
}

/** Each state that is entered, each retry, and the step from a workflow's beginning to its first state. */
const isTransition = ({ kind }: Lab['events'][number]) =>
  kind === 'state-entered' || kind === 'state-retried' || kind === 'execution-started'

function statesOf(events: Lab['events']): Pick<Count, 'transitions' | 'watches' | 'watchSeconds'> {
  const express = new Set(machineNames().filter(isExpress))
  const ofExpress = events.filter(({ machine }) => express.has(machine))
  const at = (kind: string) => ofExpress.flatMap(event => (event.kind === kind ? [event.at / 1000] : []))
  const sum = (times: number[]) => times.reduce((total, time) => total + time, 0)
  const began = at('execution-started')
  return {
    transitions: events.filter(event => !express.has(event.machine) && isTransition(event)).length,
    watches: began.length,
    watchSeconds: sum(at('execution-ended')) - sum(began),
  }
}

export function priceOf(count: Omit<Count, 'operation'>): number {
  const { transitions, watches, watchSeconds, invocations, calls } = count
  const seconds = invocations * SECONDS.function + calls * SECONDS.call
  const ofWatches = watches * PRICES.watch + watchSeconds * WATCH_GIB * PRICES.watchGibSecond
  const ofFunctions = invocations * PRICES.invocation + seconds * FUNCTION_GIB * PRICES.gibSecond
  return transitions * PRICES.transition + ofWatches + ofFunctions
}

const of = (counts: Count[], name: string) => counts.find(({ operation }) => operation === name) as Count

/** An array that is started, gets LUNs twice, and is stopped. US dollars. */
export const dayOf = (counts: Count[]) =>
  ['start-array', 'add-luns', 'add-luns', 'stop-array'].reduce((sum, name) => sum + priceOf(of(counts, name)), 0)

export function figureOf(counts: Count[], day: number): Figure {
  const [build, add] = [of(counts, 'provision-array').transitions, of(counts, 'add-luns').transitions]
  return {
    figure: `provision-array ${build}, add-luns ${add}, a day $${day.toFixed(4)}`,
    goal: `${GOALS['provision-array']}, ${GOALS['add-luns']}, $${GOALS.day}`,
    met: build <= GOALS['provision-array'] && add <= GOALS['add-luns'] && day < GOALS.day,
  }
}

const HEADS = [
  'operation',
  'state transitions',
  'watches',
  'their seconds',
  'functions called',
  'calls of AWS',
  'US dollars',
]

function reportOf(usual: Count[], day: number, sizes: Grown[]): string {
  const rows = usual.map(count => [
    count.operation,
    ...[count.transitions, count.watches, count.watchSeconds, count.invocations, count.calls].map(n => n.toFixed(0)),
    priceOf(count).toFixed(4),
  ])
  const grown = sizes.map(({ what, counts }) => [
    what,
    String(of(counts, 'provision-array').transitions),
    String(of(counts, 'add-luns').transitions),
  ])
  return `# Transitions and money

\`./star bench transitions\`: what Step Functions, Lambda and the services behind it are asked for by one operation, in memory, on
an array of the usual size. Documents take ${DOCUMENT_SECONDS} s and boots ${BOOT_SECONDS} s there.

${tableOf(HEADS, rows)}

What watches documents is an Express workflow: paid for by its seconds, and its states are none of the transitions.

A day of an array (start, stop, two additions of LUNs): $${day.toFixed(4)}. Lambda's part in it hangs on what was assumed:
${SECONDS.function * 1000} ms a function and ${SECONDS.call * 1000} ms a call. Free tiers are left out.

${tableOf(['size', 'provision-array', 'add-luns'], grown)}
`
}
