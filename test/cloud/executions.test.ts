import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'
import { describe, expect, it } from 'vitest'
import {
  type ExecutionRecord,
  endExecution,
  machineArn,
  recordExecution,
  stopRequested,
} from '../../infra/local/sfn.ts'
import { freshLab } from './fresh.ts'

function executions() {
  const { cloud, sfn, clock } = freshLab()
  const { store } = cloud
  return {
    ...{ cloud, sfn, store, clock },
    begin: (name: string, input: unknown = {}) =>
      recordExecution(store, { machine: 'provision-array', name, input, at: clock.now() }),
    describe: (executionArn: string) => sfn.send(new DescribeExecutionCommand({ executionArn })),
  }
}

describe('executions', () => {
  it('run, and end once', async () => {
    const { begin, describe, store, clock } = executions()
    const arn = begin('first', { array: 'star0001' })
    expect(arn).toBe('arn:aws:states:ap-northeast-1:000000000000:execution:provision-array:first')
    expect(await describe(arn)).toMatchObject({ status: 'RUNNING', input: '{"array":"star0001"}', name: 'first' })
    clock.advance(5_000)
    endExecution(store, arn, { status: 'FAILED', error: 'DocumentFailed', cause: 'exit status 3', at: clock.now() })
    endExecution(store, arn, { status: 'SUCCEEDED', output: {}, at: clock.now() })
    const { status, error, cause, startDate, stopDate } = await describe(arn)
    expect([status, error, cause]).toEqual(['FAILED', 'DocumentFailed', 'exit status 3'])
    expect(Number(stopDate) - Number(startDate)).toBe(5_000)
  })

  it('have a name nobody had before', () => {
    const { begin } = executions()
    begin('first')
    expect(() => begin('first')).toThrow(expect.objectContaining({ name: 'ExecutionAlreadyExists' }))
    expect(() => begin('a b')).toThrow(expect.objectContaining({ name: 'InvalidName' }))
  })

  it('read as ABORTED when the process that ran them is gone', async () => {
    const { begin, describe, store } = executions()
    const arn = begin('lost')
    const record = store.get<ExecutionRecord>('execution', arn)
    // The same pid at another time is another process.
    store.put('execution', arn, { ...record, worker: record?.worker.replace(/ \d+ /, ' 1 ') })
    expect(await describe(arn)).toMatchObject({ status: 'ABORTED', cause: expect.stringMatching(/process/) })
  })

  it('are listed by their machine, newest first', async () => {
    const { begin, sfn, store, clock } = executions()
    const first = begin('first')
    begin('second')
    endExecution(store, first, { status: 'SUCCEEDED', output: { a: 1 }, at: clock.now() })
    const list = async (statusFilter?: 'RUNNING') => {
      const stateMachineArn = machineArn('provision-array')
      const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter }))
      return executions.map(({ name }) => name)
    }
    expect(await list()).toEqual(['second', 'first'])
    expect(await list('RUNNING')).toEqual(['second'])
  })

  it('start by StartExecution where an engine is there', async () => {
    const { cloud, sfn, store, clock } = executions()
    const stateMachineArn = machineArn('teardown-array')
    const start = (input: string) => sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'one', input }))
    await expect(start('{}')).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' })
    cloud.runWorkflowsBy(
      (machine, name, input) => void recordExecution(store, { machine, name, input, at: clock.now() }),
    )
    await expect(start('{')).rejects.toMatchObject({ name: 'InvalidExecutionInput' })
    const { executionArn } = await start('{"array":"a"}')
    expect(executionArn).toMatch(/:execution:teardown-array:one$/)
  })

  it('can be asked to stop', async () => {
    const { begin, sfn, store } = executions()
    const arn = begin('first')
    expect(stopRequested(store, arn)).toBeUndefined()
    await sfn.send(new StopExecutionCommand({ executionArn: arn, cause: 'enough' }))
    expect(stopRequested(store, arn)).toEqual({ cause: 'enough' })
    const unknown = new StopExecutionCommand({ executionArn: `${arn}x` })
    await expect(sfn.send(unknown)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' })
  })
})
