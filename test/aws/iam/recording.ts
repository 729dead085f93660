/** Every operation, and what seldom happens, in the local cloud in memory: the AWS calls that functions make in it. */
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { expect } from 'vitest'
import { releaseLock, takeLock } from '../../../functions/shared/lock.ts'
import { statesOf } from '../../../infra/definitions.ts'
import { type Call, onCall } from '../../../infra/local/call-log.ts'
import { handlerOf, lastOf, loadDefinition } from '../../../infra/local/definitions.ts'
import { memoryStore } from '../../../infra/local/memory-store.ts'
import { endExecution, recordExecution } from '../../../infra/local/sfn.ts'
import { openApiBench } from '../../api/bench.ts'
import { machines } from '../../statemachines/coverage.ts'

type Bench = Awaited<ReturnType<typeof openApiBench>>

const array = 'a1'
const HOUR = 3_600_000
const run = async (name: string, event: object) => (await handlerOf(name))(event, {})

export async function record(): Promise<Call[]> {
  const calls: Call[] = []
  const end = onCall(call => calls.push(structuredClone(call)))
  // Longer than check-agent waits before it asks EC2 how a node is.
  const bench = await openApiBench({ driver: { bootMs: 60_000 }, cloud: { store: memoryStore() } })
  await build(bench)
  await operate(bench)
  await ask(bench)
  await hold(bench)
  await keepHours(bench)
  expect(await bench.operate('DELETE', `/arrays/${array}`)).toMatchObject({ status: 'succeeded' })
  end()
  return calls
}

/** It is completed after one of its machines died. */
async function build({ operate, machines }: Bench): Promise<void> {
  const succeeds = async () =>
    expect(await operate('POST', '/arrays', { body: { array } })).toMatchObject({ status: 'succeeded' })
  await succeeds()
  machines.cut([...machines.machines.keys()][0] ?? '')
  await succeeds()
}

async function operate({ call, operate }: Bench): Promise<void> {
  await call('GET', '/arrays')
  await call('POST', '/arrays?dryRun=true', { body: {} })
  await call('GET', `/arrays/${array}`)
  const changes: [string, string, object][] = [
    ['POST', 'inspections', {}],
    ['POST', 'luns', { luns: [{ size: '1G' }] }],
    ['POST', 'reboot', {}],
    ['POST', 'stop', {}],
    ['POST', 'start', {}],
    ['POST', 'perfweb', {}],
    ['PUT', 'schedule', { schedule: { start: '0 8 * * *', stop: '0 20 * * *', timezone: 'UTC' } }],
  ]
  for (const [method, what, body] of changes) {
    const { status, cause } = await operate(method, `/arrays/${array}/${what}`, { body })
    expect({ what, status, cause }).toEqual({ what, status: 'succeeded', cause: undefined })
  }
}

/** By events: one that is done, the same again, and one that is refused. */
async function ask({ cloud, background }: Bench): Promise<void> {
  for (const luns of [[{ size: '2G' }], [{ size: '2G' }], 'some']) {
    const Detail = JSON.stringify({ array, luns, key: 'order' })
    const entry = { EventBusName: 'star', Source: 'star.client', DetailType: 'LUNs Requested', Detail }
    await cloud.events.send(new PutEventsCommand({ Entries: [entry] }))
    await background.idle()
  }
}

/** Machines that hold an array's lock. */
const holders = machines.filter(machine =>
  statesOf(loadDefinition(machine)).some(({ state }) => lastOf(state.Parameters?.FunctionName ?? '') === 'lock-array'),
)

/** The lock of every operation that takes it, while it runs and after it died. */
async function hold({ cloud: { store }, clock }: Bench): Promise<void> {
  const begin = (machine: string, name: string) => recordExecution(store, { machine, name, input: {}, at: clock.now() })
  clock.advance(HOUR * (24 + 21) - (clock.now() % (24 * HOUR)))
  for (const operation of holders) {
    const theirs = begin(operation, 'theirs')
    const mine = begin(operation, 'mine')
    await takeLock(array, theirs, operation)
    const taking = () => run('lock-array', { array, execution: mine, operation })
    await expect(taking()).rejects.toMatchObject({ name: 'ArrayBusy' })
    expect(await run('apply-schedules', {})).toMatchObject({ applied: [{ action: 'none' }] })
    expect(await run('watch-arrays', {})).toMatchObject({ running: 1, looks: [] })
    await run('assess-array', { array, outcomes: [] })
    endExecution(store, theirs, { status: 'ABORTED', at: clock.now() })
    await taking()
    await releaseLock(array, mine)
  }
}

/** The hourly look, the stop that was held up, and the start after it. */
async function keepHours({ clock, background }: Bench): Promise<void> {
  expect(await run('watch-arrays', {})).toMatchObject({ looks: [expect.stringMatching(/^inspect-array:/)] })
  await background.idle()
  for (const action of ['stop', 'start']) {
    expect(await run('apply-schedules', {})).toMatchObject({ applied: [{ action }] })
    await background.idle()
    clock.advance(12 * HOUR)
  }
}
