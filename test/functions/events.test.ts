import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { ListExecutionsCommand } from '@aws-sdk/client-sfn'
import type { Context } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { announce } from '../../functions/shared/announce.ts'
import { useClients } from '../../functions/shared/clients.ts'
import { useClock } from '../../functions/shared/clock.ts'
import { acceptInput } from '../../functions/shared/operations.ts'
import { startOperation } from '../../functions/shared/start-operation.ts'
import { handler as takeEvent } from '../../functions/take-event.ts'
import { startInBackground } from '../../infra/local/engine-background.ts'
import { loadRules, matches } from '../../infra/local/event-rules.ts'
import { type BusEvent, deliver, eventsFile } from '../../infra/local/eventbridge.ts'
import { machineArn } from '../../infra/local/sfn.ts'
import { failing, type LabOptions, openLab as open } from '../statemachines/lab.ts'

function openLab(options: LabOptions = {}) {
  const lab = open(options)
  useClients(lab.cloud)
  useClock(lab.clock.now)
  const background = startInBackground(lab.cloud)
  const executions = async (machine = 'add-luns') => {
    const stateMachineArn = machineArn(machine)
    const { executions = [] } = await lab.cloud.sfn.send(new ListExecutionsCommand({ stateMachineArn }))
    return executions.map(({ name, status }) => [name, status])
  }
  const events = (): BusEvent[] =>
    readFileSync(eventsFile(lab.home), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
  const told = () => events().map(event => [event['detail-type'], event.detail])
  const request = (detail: object, more: object = {}) => {
    const entry = { Source: 'star.client', DetailType: 'LUNs Requested', Detail: JSON.stringify(detail), ...more }
    return lab.cloud.events.send(new PutEventsCommand({ Entries: [entry] }))
  }
  const luns = () => lab.nodes.sims.get('star0001')?.luns.length
  return { ...lab, background, executions, events, told, request, luns }
}

async function built(options: LabOptions = {}) {
  const lab = openLab(options)
  expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })
  return lab
}

const wanted = { array: 'star0001', luns: [{ size: '100M' }] }

describe('LUNs Requested', () => {
  test('adds them, and completion is told', async () => {
    const lab = await built()

    await lab.request(wanted)
    await lab.background.idle()

    expect(lab.luns()).toBe(7)
    expect(lab.told().at(-1)).toEqual([
      'Operation Completed',
      {
        array: 'star0001',
        operation: 'add-luns',
        execution: expect.stringMatching(/^arn:aws:states:.*:execution:add-luns:star0001-[0-9a-f]{16}$/),
        changed: true,
      },
    ])
  })

  test('delivered twice, or at the same moment, it adds once', async () => {
    const lab = await built()
    await lab.request(wanted)
    await lab.background.idle()
    const event = lab.events().find(event => event['detail-type'] === 'LUNs Requested') as BusEvent

    await Promise.all([deliver(lab.cloud, event), deliver(lab.cloud, event)])
    await lab.background.idle()

    expect(lab.luns()).toBe(7)
    expect(await lab.executions()).toHaveLength(1)
  })

  test('sent twice with one key, it adds once', async () => {
    const lab = await built()

    await lab.request({ ...wanted, key: 'order-66' })
    await lab.request({ ...wanted, key: 'order-66' })
    await lab.background.idle()

    expect(lab.luns()).toBe(7)
    expect(await lab.executions()).toHaveLength(1)
  })

  test('sent again with its key after it failed, it is tried again, until it has ended well', async () => {
    const broken = { now: false }
    const lab = await built({ replies: { 'serve-luns': () => (broken.now ? { exitCode: 1 } : undefined) } })
    broken.now = true
    const send = async () => {
      await lab.request({ ...wanted, key: 'order-66' })
      await lab.background.idle()
    }

    await send()
    await send()
    broken.now = false
    await send()
    await send()

    expect((await lab.executions()).map(([, status]) => status)).toEqual(['SUCCEEDED', 'FAILED', 'FAILED'])
    expect(lab.luns()).toBe(7)
  })

  test('two of them at once: one runs, the other one ends as ArrayBusy', async () => {
    const lab = await built()

    await Promise.all([lab.request(wanted), lab.request(wanted)])
    await lab.background.idle()

    expect((await lab.executions()).map(([, status]) => status).sort()).toEqual(['FAILED', 'SUCCEEDED'])
    expect(lab.told().at(-2)?.[1]).toMatchObject({ error: 'ArrayBusy' })
    expect(lab.luns()).toBe(7)
  })

  test.each([
    ['another source', { Source: 'somebody.else' }],
    ['another type', { DetailType: 'LUNs requested' }],
  ])('from %s, nothing happens', async (_, more) => {
    const lab = openLab()

    await lab.request(wanted, more)

    expect(await lab.executions()).toEqual([])
    expect(lab.events()).toHaveLength(1)
  })

  test.each<[string, object, string | undefined, string]>([
    ['no array', { luns: [{}] }, undefined, 'array: must be string, received undefined'],
    [
      'a bad size',
      { array: 'a1', luns: [{ size: '1' }] },
      'a1',
      'luns[0].size: must be a size such as 3072M, 3G or 1T (got 1)',
    ],
    ['a field nobody knows', { ...wanted, colour: 'red' }, 'star0001', 'colour: unknown field'],
    ['a key that is none', { ...wanted, key: 7 }, 'star0001', 'key: must be string, received number (got 7)'],
  ])('with %s is refused, and the bus is told which field', async (_, detail, array, cause) => {
    const lab = openLab()

    await lab.request(detail)

    expect(await lab.executions()).toEqual([])
    const refusal = { ...(array && { array }), operation: 'add-luns', error: 'RequestRejected', cause }
    expect(lab.told().slice(1)).toEqual([['Operation Failed', refusal]])
  })

  test('that cannot be delivered is tried three times, and then told', async () => {
    const lab = openLab({ faults: { StartExecution: failing('ServiceUnavailable', 'later') } })

    await lab.request(wanted)

    expect(lab.counts.get('StartExecution')).toBe(3)
    const failed = { target: 'take-event', error: 'ServiceUnavailable', cause: 'later' }
    expect(lab.told().slice(1)).toEqual([['Delivery Failed', failed]])
  })

  test('is the only event that the function takes', async () => {
    const event = { id: '1', 'detail-type': 'Order Placed', detail: wanted }

    await expect(takeEvent(event, {} as Context)).rejects.toMatchObject({ name: 'EventInvalid' })
  })
})

describe('starting an operation', () => {
  test('tells its id and ARN; the same key starts it once, and says so', async () => {
    const lab = openLab()

    const first = await startOperation('teardown-array', { array: 'a1' }, 'k')
    const second = await startOperation('teardown-array', { array: 'a1' }, 'k')
    await lab.background.idle()
    const other = await startOperation('teardown-array', { array: 'a1' }, 'other')
    await lab.background.idle()

    expect(first).toEqual({
      id: expect.stringMatching(/^teardown-array:a1-[0-9a-f]{16}$/),
      executionArn: `${machineArn('teardown-array').replace('stateMachine', 'execution')}:${first.id.split(':')[1]}`,
      existed: false,
    })
    expect(second).toEqual({ ...first, existed: true })
    expect(other.id).not.toBe(first.id)
    expect(await lab.executions('teardown-array')).toHaveLength(2)
  })

  test('without a key each call starts one, under a name that Step Functions takes', async () => {
    const lab = openLab()
    const array = `a${'-'.repeat(30)}9`

    const started = [
      await startOperation('teardown-array', { array }),
      await startOperation('teardown-array', { array }),
    ]
    await lab.background.idle()

    expect(new Set(started.map(({ id }) => id)).size).toBe(2)
    for (const { id } of started) expect(id.split(':')[1]).toMatch(/^a-{30}9-20\d{6}T\d{6}-[0-9a-f]{8}$/)
  })

  test('a build goes by the name in its request, the usual one if it has none', async () => {
    const lab = openLab({ faults: { DescribeImages: () => ({ Images: [] }) } })

    const { id } = await startOperation('provision-array', {}, 'k')
    await lab.background.idle()

    expect(id).toMatch(/^provision-array:star0001-/)
    expect(lab.told().at(-1)).toEqual(['Operation Failed', expect.objectContaining({ error: 'CloudRefused' })])
  })

  test.each<[Parameters<typeof startOperation>[0], object, string]>([
    ['add-luns', { array: 'a1', luns: [] }, 'luns: must list 1 LUN or more'],
    ['provision-array', { disks: { iops: 1 } }, 'disks.iops: io2 of 10 GiB must have 100 to 10000 IOPS (got 1)'],
  ])('%s: what cannot be accepted is refused before anything is started', async (operation, input, message) => {
    const lab = openLab()

    await expect(startOperation(operation, input)).rejects.toMatchObject({ name: 'RequestRejected', message })
    expect(await lab.executions(operation)).toEqual([])
  })

  test('without an engine it says that there is none', async () => {
    const lab = open()
    useClients(lab.cloud)

    await expect(startOperation('start-array', { array: 'a1' })).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    })
  })
})

test('what the bus refuses is an error with its words', async () => {
  openLab({
    faults: { PutEvents: () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'X', ErrorMessage: 'no such bus' }] }) },
  })

  await expect(announce('Operation Completed', { operation: 'add-luns' })).rejects.toMatchObject({
    name: 'CloudRefused',
    message: 'EventBridge: X: no such bus',
  })
})

describe('docs/events.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/events.md'), 'utf8')
  const examples = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) => JSON.parse(json) as BusEvent)
  const [asked, ...answers] = examples

  test('shows a request that the rule matches and the schema takes', () => {
    const [rule] = loadRules()

    expect(matches(rule?.pattern ?? {}, asked)).toBe(true)
    expect(acceptInput('add-luns', asked?.detail)).toMatchObject({ array: 'star0001', key: 'order-4711' })
  })

  test('shows answers in the form they have', async () => {
    const lab = await built()
    await lab.request(wanted)
    await lab.request({ ...wanted, luns: [{ size: '100G' }] })
    await lab.background.idle()

    const told = lab.events().filter(event => (event.detail as { operation?: string }).operation === 'add-luns')
    const shape = (event: BusEvent) => [event.source, event['detail-type'], Object.keys(event.detail).sort()]
    expect(answers.map(shape)).toEqual(expect.arrayContaining(told.map(shape)))
    expect(told).toHaveLength(2)
  })
})

test('an undo is no operation of its own: the build tells of its failure, once', async () => {
  const lab = openLab({ replies: { 'create-pool': () => ({ exitCode: 1 }) } })

  await lab.run('provision-array', {})

  expect(lab.told()).toEqual([
    [
      'Operation Failed',
      {
        array: 'star0001',
        operation: 'provision-array',
        execution: expect.stringMatching(/^arn:/),
        error: 'DocumentFailed',
        cause: expect.stringMatching(/^STAR-create-pool on star0001-ctl1/),
      },
    ],
  ])
})
