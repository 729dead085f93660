import {
  GetExecutionHistoryCommand,
  type GetExecutionHistoryCommandInput,
  type HistoryEvent,
} from '@aws-sdk/client-sfn'
import { describe, expect, it } from 'vitest'
import { failing, openLab } from '../statemachines/lab.ts'

const open: typeof openLab = options => openLab({ ...options, cloud: { histories: true } })

function reader({ cloud }: ReturnType<typeof openLab>) {
  const page = (input: GetExecutionHistoryCommandInput) => cloud.sfn.send(new GetExecutionHistoryCommand(input))
  const all = async (executionArn: string) => (await page({ executionArn, maxResults: 1_000 })).events ?? []
  return { page, all }
}

const types = (events: HistoryEvent[]) => events.map(({ type }) => type)
const named = (events: HistoryEvent[], name: string, type: HistoryEvent['type']) =>
  events.find(
    event => event.type === type && (event.stateEnteredEventDetails ?? event.stateExitedEventDetails)?.name === name,
  )

/** From this event back to the beginning of its thread. */
function back(events: HistoryEvent[], from: HistoryEvent | undefined): HistoryEvent['type'][] {
  const before = events.find(({ id }) => id === from?.previousEventId)
  return from ? [from.type, ...back(events, before)] : []
}

describe('the history of an execution', () => {
  it('has a task as AWS tells it: entered, scheduled with its parameters, started, submitted, ended, left', async () => {
    const lab = open()
    const { executionArn } = await lab.run('provision-array', {})
    const events = await reader(lab).all(executionArn)
    expect(types(events).slice(0, 9)).toEqual([
      'ExecutionStarted',
      'PassStateEntered',
      'PassStateExited',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'TaskStateEntered',
    ])
    expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1))
    expect(JSON.parse(events[4]?.taskScheduledEventDetails?.parameters ?? '')).toEqual({
      FunctionName: 'arn:aws:lambda:ap-northeast-1:000000000000:function:check-request',
      Payload: { request: {} },
    })
    expect(JSON.parse(events[6]?.taskSucceededEventDetails?.output ?? '')).toMatchObject({
      Payload: { array: 'star0001' },
    })
    const built = named(events, 'CreateResources', 'TaskStateExited')
    expect(back(events, built).slice(0, 6)).toEqual([
      'TaskStateExited',
      'TaskSucceeded',
      'TaskSubmitted',
      'TaskStarted',
      'TaskScheduled',
      'TaskStateEntered',
    ])
    const submitted = events.find(({ type }) => type === 'TaskSubmitted')?.taskSubmittedEventDetails
    expect(submitted).toMatchObject({ resourceType: 'states', resource: 'startExecution.sync:2' })
    expect(JSON.parse(submitted?.output ?? '').ExecutionArn).toMatch(/:execution:create-resources:/)
    expect(types(events).at(-1)).toBe('ExecutionSucceeded')
  })

  it('has threads: what a Parallel does side by side points back to where it began', async () => {
    const lab = open()
    await lab.run('provision-array', {})
    const nested = lab.events.filter(({ kind, parent }) => kind === 'execution-started' && parent)
    const of = async (machine: string) => {
      const name = nested.find(event => event.machine === machine)?.execution
      return await reader(lab).all(`arn:aws:states:ap-northeast-1:000000000000:execution:${machine}:${name}`)
    }
    const configure = await of('configure-array')
    const first = configure.filter(
      ({ previousEventId: id }) => configure.find(event => event.id === id)?.type === 'ParallelStateStarted',
    )
    expect(first.map(event => event.stateEnteredEventDetails?.name)).toHaveLength(4)
  })

  it('has a nested execution’s failure under no name but States.TaskFailed', async () => {
    const lab = open({ faults: { CreateVolume: failing('VolumeLimitExceeded', 'too many') } })
    const { executionArn } = await lab.run('provision-array', { keepOnFailure: true })
    const events = await reader(lab).all(executionArn)
    const failed = events.find(({ type }) => type === 'TaskFailed')?.taskFailedEventDetails
    expect(failed).toMatchObject({ error: 'States.TaskFailed', resource: 'startExecution.sync:2' })
    expect(JSON.parse(failed?.cause ?? '')).toMatchObject({ Status: 'FAILED', Error: 'VolumeLimitExceeded' })
    expect(events.at(-1)?.executionFailedEventDetails).toEqual({
      error: 'VolumeLimitExceeded',
      cause: expect.stringMatching(
        /^too many\n\(and 1 more of 5: create-disk on star0001-disk2\)\nWhat was made of it is kept, as asked: /,
      ),
    })
    // Caught: the state is left all the same.
    expect(back(events, named(events, 'CreateResources', 'TaskStateExited'))[1]).toBe('TaskFailed')
  })

  it('comes in pages, from either end; a token is good for the arguments it was given for', async () => {
    const lab = open()
    const { executionArn } = await lab.run('provision-array', {})
    const { page, all } = reader(lab)
    const ids = (await all(executionArn)).map(({ id = 0 }) => id)
    for (const reverseOrder of [false, true]) {
      const seen: number[] = []
      let nextToken: string | undefined
      do {
        const answer = await page({ executionArn, reverseOrder, maxResults: 7, nextToken })
        seen.push(...(answer.events ?? []).map(({ id = 0 }) => id))
        nextToken = answer.nextToken
      } while (nextToken)
      expect(seen).toEqual(reverseOrder ? ids.toReversed() : ids)
    }
    const { nextToken } = await page({ executionArn, maxResults: 7 })
    await expect(page({ executionArn, maxResults: 8, nextToken })).rejects.toMatchObject({ name: 'InvalidToken' })
    await expect(page({ executionArn, maxResults: 1_001 })).rejects.toMatchObject({ name: 'ValidationException' })
    await expect(page({ executionArn: `${executionArn}x` })).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' })
  })
})
