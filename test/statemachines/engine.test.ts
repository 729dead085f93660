import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DescribeExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn'
import { describe, expect, test } from 'vitest'
import type { Making } from '../../functions/shared/shapes.ts'
import { statesOf } from '../../infra/definitions.ts'
import { loadDefinition } from '../../infra/local/definitions.ts'
import type { ProgressEvent } from '../../infra/local/engine.ts'
import { openLab, refusal } from './lab.ts'

const asGiven = (cause: string | undefined) => JSON.parse(cause ?? '{}') as Record<string, unknown>
const failing = {
  CreateVolume: () => {
    throw refusal('VolumeLimitExceeded', 'too many')
  },
}

describe('errors', () => {
  test('a function’s error has its name as Error and {errorType, errorMessage} as Cause', async () => {
    const lab = openLab()

    const result = await lab.run('inspect-array', { array: 'star0001' })

    expect(result).toMatchObject({ status: 'FAILED', error: 'NoSuchArray' })
    expect(asGiven(result.cause)).toEqual({
      errorType: 'NoSuchArray',
      errorMessage: 'there is no array named star0001',
    })
  })

  test('a nested execution that fails is States.TaskFailed, with its description as Cause', async () => {
    const lab = openLab({ faults: failing })
    await lab.run('provision-array', {})

    const failed = lab.events.find(({ kind, state }) => kind === 'state-failed' && state === 'CreateResources')
    const cause = asGiven(failed?.cause)

    expect(failed?.error).toBe('States.TaskFailed')
    expect(cause).toMatchObject({ Status: 'FAILED', Error: 'VolumeLimitExceeded', InputDetails: { Included: true } })
    expect(cause.StateMachineArn).toBe('arn:aws:states:ap-northeast-1:000000000000:stateMachine:create-resources')
    expect(cause.ExecutionArn).toMatch(/:execution:create-resources:/)
    expect(asGiven(cause.Input as string)).toHaveProperty('place')
    expect(asGiven(cause.Cause as string)).toEqual({
      errorType: 'VolumeLimitExceeded',
      errorMessage: 'too many\n(and 1 more of 5: create-disk on star0001-disk2)',
    })
  })

  test('a nested execution that takes too long is States.Timeout, and is stopped', async () => {
    let hung = false
    const lab = openLab({ faults: { GetCommandInvocation: () => (hung ? { Status: 'InProgress' } : undefined) } })
    await lab.run('provision-array', {})
    lab.events.length = 0
    hung = true

    await lab.run('enable-perfweb', { array: 'star0001' })

    const failed = lab.events.filter(({ kind }) => kind === 'state-failed')
    expect(failed.map(({ state, error }) => [state, error])).toContainEqual(['ServePerfweb', 'States.Timeout'])
    const aborted = lab.events.filter(({ kind, error }) => kind === 'execution-ended' && error === 'Aborted')
    expect(aborted.map(({ machine }) => machine)).toEqual(['watch-documents', 'run-documents'])
  })

  describe('of an Express workflow', () => {
    const ends = (events: ProgressEvent[]) =>
      events.filter(({ kind, machine }) => kind === 'execution-ended' && machine === 'watch-documents')

    test('are an answer to who waits for it, and told in its words', async () => {
      const crash = () => {
        throw refusal('Odd', 'no look')
      }
      const lab = openLab({ crashes: { 'look-at-documents': crash } })

      const result = await lab.run('provision-array', { keepOnFailure: true })

      expect(result.error).toBe('Odd')
      const failed = lab.events.filter(({ kind, machine }) => kind === 'state-failed' && machine === 'run-documents')
      expect(new Set(failed.map(({ state }) => state))).toEqual(new Set(['ConcludeDocuments']))
      expect(ends(lab.events).map(({ error }) => error)).toContain('Odd')
    })

    test('that is not over after five minutes it is ended, and begun anew', async () => {
      let hung = false
      const lab = openLab({
        faults: {
          GetCommandInvocation: async () => {
            if (hung) return
            hung = true
            await lab.clock.sleep(400_000)
          },
        },
      })

      const result = await lab.run('provision-array', {})

      expect(result.status).toBe('SUCCEEDED')
      const [late] = ends(lab.events).filter(({ error }) => error === 'Aborted')
      const began = lab.events.find(
        ({ kind, execution }) => kind === 'execution-started' && execution === late?.execution,
      )
      expect((late?.at ?? 0) - (began?.at ?? 0)).toBeGreaterThanOrEqual(300_000)
    })
  })

  test('a definition that is not there is no result, but a defect', async () => {
    await expect(openLab().run('paint-array', {})).rejects.toThrow('paint-array')
  })
})

describe('ending early', () => {
  const started = (events: ProgressEvent[], kind: ProgressEvent['kind']) =>
    events
      .filter(event => event.kind === kind)
      .map(({ execution }) => execution)
      .sort()

  test('by the caller: everything it started ends too, and the execution reads as ABORTED', async () => {
    const lab = openLab()
    const abort = new AbortController()
    const running = lab.run(
      'provision-array',
      {},
      {
        signal: abort.signal,
        onEvent: ({ state, kind }) => state === 'CreatePool' && kind === 'state-entered' && abort.abort(),
      },
    )

    const { status, executionArn } = await running
    await lab.clock.sleep(600_000)
    const described = await lab.cloud.sfn.send(new DescribeExecutionCommand({ executionArn }))

    expect([status, described.status]).toEqual(['ABORTED', 'ABORTED'])
    expect(started(lab.events, 'execution-ended')).toEqual(started(lab.events, 'execution-started'))
    expect(lab.nodes.names().some(name => name.startsWith('start-cluster'))).toBe(false)
  })

  test('by StopExecution from elsewhere', async () => {
    const lab = openLab({ driver: { bootMs: 3_000 } })
    let stopped = false
    const result = await lab.run(
      'provision-array',
      {},
      {
        name: 'to-be-stopped',
        onEvent: event => {
          if (stopped || event.state !== 'ConfigureArray') return
          stopped = true
          const executionArn = 'arn:aws:states:ap-northeast-1:000000000000:execution:provision-array:to-be-stopped'
          void lab.cloud.sfn.send(new StopExecutionCommand({ executionArn }))
        },
      },
    )

    expect(result.status).toBe('ABORTED')
  })

  test('a branch that fails ends what its neighbours wait for', async () => {
    const lab = openLab({
      replies: {
        'prepare-host': () => ({ exitCode: 1, durationMs: 1_000 }),
        'prepare-controller': () => ({ durationMs: 500_000 }),
      },
    })

    const result = await lab.run('provision-array', { keepOnFailure: true })

    expect(result.error).toBe('DocumentFailed')
    const aborted = lab.events.filter(({ kind, error }) => kind === 'execution-ended' && error === 'Aborted')
    expect(aborted.map(({ machine }) => machine)).toEqual(['watch-documents', 'run-documents'])
  })
})

describe('progress', () => {
  test('says which node and disk a step is about, and which execution started which', async () => {
    const lab = openLab()
    await lab.run('provision-array', {})

    const output = lab.events.findLast(
      ({ state, kind }) => state === 'MakeResources' && kind === 'state-exited',
    )?.output
    const { items } = (output as { made: { items: Making[] } }).made
    const of = (step: string) => items.filter(item => item.step === step).map(({ node }) => node)
    expect(of('create-instance')).toEqual(['star0001-ctl1', 'star0001-ctl2', 'instance-1'])
    expect(of('create-disk')).toEqual(['star0001-disk1', 'star0001-disk2'])
    expect(of('attach-disk')).toContain('star0001-disk2 → star0001-ctl1')
    const exported = lab.events.find(({ machine }) => machine === 'export-luns')
    const pool = lab.events.find(({ parent }) => parent === exported?.execution)
    expect(pool).toMatchObject({ kind: 'execution-started', machine: 'run-documents' })
  })

  test('of a nested execution comes after the step that starts it', async () => {
    const lab = openLab()
    await lab.run('provision-array', {})

    const isNested = ({ machine, state }: ProgressEvent) =>
      statesOf(loadDefinition(machine)).some(
        ({ name, state: { Resource } }) => name === state && /start(Sync)?Execution/.test(Resource ?? ''),
      )
    const open = new Map<string, number>()
    for (const event of lab.events) {
      const change = (execution: string, by: number) => open.set(execution, (open.get(execution) ?? 0) + by)
      if (event.kind === 'state-entered' && isNested(event)) change(event.execution, 1)
      if (event.kind === 'execution-started' && event.parent) change(event.parent, -1)
      expect(Math.min(...open.values())).toBeGreaterThanOrEqual(0)
    }
    expect([...open.values()]).toEqual([...open.values()].fill(0))
  })

  test('is written down as it happens, one event a line', async () => {
    const lab = openLab()
    const { executionArn } = await lab.run('provision-array', {}, { name: 'told' })

    const lines = readFileSync(join(lab.home, 'executions', 'told.jsonl'), 'utf8')
      .trim()
      .split('\n')

    expect(executionArn).toMatch(/:told$/)
    expect(lines.map(line => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(lab.events)))
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ kind: 'execution-ended', execution: 'told' })
  })
})
