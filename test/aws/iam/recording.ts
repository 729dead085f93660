/** Every operation, and what seldom happens, in the local cloud in memory: the AWS calls that functions make in it. */
import { DescribeInstancesCommand, StopInstancesCommand } from '@aws-sdk/client-ec2'
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { expect } from 'vitest'
import { releaseLock, takeLock } from '../../../functions/shared/lock.ts'
import { IMAGES } from '../../../functions/shared/names.ts'
import { statesOf } from '../../../infra/definitions.ts'
import { type Call, onCall } from '../../../infra/local/call-log.ts'
import { handlerOf, lastOf, loadDefinition } from '../../../infra/local/definitions.ts'
import type { ImageRecord } from '../../../infra/local/ec2-records.ts'
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
  // Longer than look-at-documents waits before it asks EC2 how a node is.
  const bench = await openApiBench({ driver: { bootMs: 60_000 }, cloud: { store: memoryStore() } })
  await build(bench)
  await operate(bench)
  await ask(bench)
  await hold(bench)
  await keepHours(bench)
  await makeImages(bench)
  await does(bench, 'DELETE', `/arrays/${array}`)
  end()
  return calls
}

/** Over HTTP, to its end: nobody waits by the clock here, however slow this computer is. */
async function does({ call, background }: Bench, method: string, path: string, body?: object): Promise<void> {
  const { id } = (await call(method, path, { body })).body.operation
  await background.idle()
  const { status, cause } = (await call('GET', `/operations/${id}`)).body.operation
  expect({ path, status, cause }).toEqual({ path, status: 'succeeded', cause: undefined })
}

/** It is completed after one of its machines died. */
async function build(bench: Bench): Promise<void> {
  await does(bench, 'POST', '/arrays', { array })
  bench.machines.cut([...bench.machines.machines.keys()][0] ?? '')
  await does(bench, 'POST', '/arrays', { array })
}

async function operate(bench: Bench): Promise<void> {
  await bench.call('GET', '/arrays')
  await bench.call('POST', '/arrays?dryRun=true', { body: {} })
  await bench.call('GET', `/arrays/${array}`)
  for (const look of ['inspections', 'check']) await does(bench, 'POST', `/arrays/${array}/${look}`)
  await does(bench, 'POST', `/arrays/${array}/luns`, { luns: [{ size: '1G' }] })
  for (const what of ['reboot', 'failover', 'stop', 'start', 'perfweb'])
    await does(bench, 'POST', `/arrays/${array}/${what}`)
  const schedule = { start: '0 8 * * *', stop: '0 20 * * *', timezone: 'UTC' }
  await does(bench, 'PUT', `/arrays/${array}/schedule`, { schedule })
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
const holders = machines.filter(machine => machine !== 'prepare-image' && takesLock(machine))
function takesLock(machine: string): boolean {
  const functions = statesOf(loadDefinition(machine)).map(({ state }) => lastOf(state.Parameters?.FunctionName ?? ''))
  return functions.includes('lock-array')
}

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
    await run('plan-check', { array })
    await run('judge-array', { array, outcomes: [], busy: '' })
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

/** One that is made and removed, one that was cut off and is gone on with; and the lock of a dead one. */
async function makeImages(bench: Bench): Promise<void> {
  const { call, cloud, clock } = bench
  const { store } = cloud
  const begin = (name: string) => recordExecution(store, { machine: 'prepare-image', name, input: {}, at: clock.now() })
  const make = (body: object = {}) => does(bench, 'POST', '/images', body)
  await make()
  const [image] = store.list<ImageRecord>('image')
  if (!image) throw new Error('there is no image')
  store.put('image', image.id, { ...image, state: 'failed' })
  const plan = await run('plan-image', { input: {} })
  const execution = begin('cut-off')
  const create = async () => (await run('create-builder', { plan, execution, watch: {} })) as { instanceId: string }
  const InstanceIds = [(await create()).instanceId]
  clock.advance(HOUR)
  await cloud.ec2.send(new DescribeInstancesCommand({}))
  await cloud.ec2.send(new StopInstancesCommand({ InstanceIds }))
  await create()
  await make()
  const older = { ...image, id: 'ami-0123456789abcdef0', name: 'older', created: 0 }
  store.put('image', older.id, older)
  await make({ keep: 1 })

  await takeLock(IMAGES, execution, 'prepare-image')
  await call('GET', '/images')
  await run('watch-arrays', {})
  endExecution(store, execution, { status: 'ABORTED', at: clock.now() })
  await make()
}
