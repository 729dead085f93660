import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { describe, expect, it } from 'vitest'
import { follow } from '../../cli/aws/follow.ts'
import { readerOf } from '../../cli/aws/history.ts'
import { Detached, show } from '../../cli/failure.ts'
import { statusOn } from '../../cli/status.ts'
import { useClients } from '../../functions/shared/clients.ts'
import type { ProgressEvent } from '../../infra/local/engine.ts'
import type { History } from '../../infra/local/history.ts'
import { recordExecution } from '../../infra/local/sfn.ts'
import { type LabOptions, openLab, refusal } from '../statemachines/lab.ts'
import { openBuilt } from './local.ts'

/** An execution whose history is written by the test. */
function openExecution(options: LabOptions = {}) {
  const lab = openLab({ ...options, cloud: { histories: true } })
  useClients(lab.cloud)
  const arn = recordExecution(lab.cloud.store, { machine: 'stop-array', name: 'x1', input: {}, at: 0 })
  const events: HistoryEvent[] = []
  const add = (type: HistoryEvent['type'], details: object = {}) =>
    events.push({ id: events.length + 1, previousEventId: 0, type, timestamp: new Date(events.length), ...details })
  lab.cloud.histories?.set(arn, { events: () => events } as unknown as History)
  const pass = (n: number) => {
    for (let i = 0; i < n; i++) add('PassStateEntered', { stateEnteredEventDetails: { name: `S${i}`, input: '{}' } })
  }
  return { ...lab, arn, add, pass, looks: () => lab.counts.get('GetExecutionHistory') ?? 0 }
}

describe('reading a history that grows', () => {
  it('gives each event once, in order, however many came since the last look', async () => {
    const { arn, pass } = openExecution()
    const read = readerOf(arn)
    const seen: number[] = []
    for (const more of [3, 0, 1, 9, 10, 11, 50, 2_500, 0, 1_000, 1]) {
      pass(more)
      const events = await read()
      expect(events).toHaveLength(more)
      seen.push(...events.map(({ id = 0 }) => id))
    }
    expect(seen).toEqual(seen.map((_, i) => i + 1))
  })

  it('costs one call where little has happened, and no more than it takes where much has', async () => {
    const { arn, pass, looks } = openExecution()
    const read = readerOf(arn)
    const calls: number[] = []
    for (const more of [900, 0, 10, 11, 1_999]) {
      pass(more)
      const before = looks()
      await read()
      calls.push(looks() - before)
    }
    expect(calls).toEqual([1, 1, 1, 2, 3])
  })
})

describe('following an execution', () => {
  const end = (execution: ReturnType<typeof openExecution>) =>
    execution.add('ExecutionSucceeded', { executionSucceededEventDetails: { output: '{"array":"a1"}' } })

  it('bears with AWS where it is busy, or does not know yet what was started just now', async () => {
    const faults = ['ExecutionDoesNotExist', 'ThrottlingException']
    const execution = openExecution({
      faults: {
        GetExecutionHistory() {
          const name = faults.shift()
          if (name) throw refusal(name)
        },
      },
    })
    execution.pass(1)
    end(execution)
    const seen: ProgressEvent[] = []
    expect(await follow(execution.arn, event => seen.push(event))).toEqual({
      status: 'SUCCEEDED',
      output: { array: 'a1' },
    })
    expect(seen.map(({ kind }) => kind)).toEqual(['state-entered', 'execution-ended'])
  })

  it('says where it loses sight that the execution goes on, and how to see it again', async () => {
    const denied = refusal('ExpiredTokenException', 'The security token included in the request is expired')
    const { arn } = openExecution({
      faults: {
        GetExecutionHistory() {
          throw denied
        },
      },
    })
    const lost = await follow(arn, () => {}).catch((error: unknown) => show(error))
    expect(lost).toMatchObject({
      exitCode: 1,
      lines: [
        'lost sight of stop-array:x1, which goes on on AWS',
        '  ExpiredTokenException: The security token included in the request is expired',
        'Follow it: ./star logs stop-array:x1 --follow',
        'End it:    ./star cancel stop-array:x1',
      ],
    })
  })

  it('ends at once when it is told to, and asks for nothing more', async () => {
    const { arn, pass, looks } = openExecution()
    pass(1)
    const abort = new AbortController()
    const following = follow(arn, () => abort.abort(), abort.signal).catch((error: unknown) => show(error))
    expect(await following).toMatchObject({
      exitCode: 130,
      lines: [expect.stringMatching(/^interrupted; stop-array:x1 /), expect.anything(), expect.anything()],
    })
    expect(looks()).toBe(1)
  })

  it('leaves a look without a word when it is told to end', async () => {
    const { printed, said } = await openBuilt()
    const run = () => Promise.reject(new Detached('arn:aws:states:eu-west-1:111122223333:execution:inspect-array:x1'))
    expect(await statusOn({ run, clear: async () => {} }, {})).toBe(130)
    expect([printed, said]).toEqual([[], []])
  })
})
