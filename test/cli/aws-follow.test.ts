/** The history of an execution, read and translated, tells what the engine that ran it told. */
import { describe, expect, it } from 'vitest'
import { readAll } from '../../cli/aws/follow.ts'
import type { Inspection } from '../../functions/shared/inspection.ts'
import { isExpress, statesOf } from '../../infra/definitions.ts'
import { loadDefinition } from '../../infra/local/definitions.ts'
import type { ProgressEvent } from '../../infra/local/engine.ts'
import { failing, type LabOptions, openLab, refusal } from '../statemachines/lab.ts'

/** By execution, in order. A Fail state tells no failure of its own. */
function byExecution(events: ProgressEvent[]): Record<string, object[]> {
  const told: Record<string, object[]> = {}
  for (const { at: _, cause, output, ...event } of events) {
    const type = statesOf(loadDefinition(event.machine)).find(({ name }) => name === event.state)?.state.Type
    if (event.kind === 'state-failed' && type === 'Fail') continue
    const list = told[event.execution] ?? []
    // Of a state that took too long AWS gives no cause.
    const why = event.error === 'States.Timeout' ? {} : { cause }
    // In virtual time the engine takes waits for tasks, and tells what comes out of them.
    const what = type === 'Wait' ? {} : { output }
    list.push(JSON.parse(JSON.stringify({ ...event, ...why, ...what })))
    told[event.execution] = list
  }
  return told
}

async function compare(lab: ReturnType<typeof openLab>, executionArn: string) {
  const seen: ProgressEvent[] = []
  await readAll(executionArn, event => seen.push(event))
  const names = new Set([executionArn.split(':').at(-1)])
  for (const { execution, parent } of lab.events) if (parent && names.has(parent)) names.add(execution)
  // An Express workflow has no history: what watches documents is not seen.
  const told = lab.events.filter(({ execution, machine }) => names.has(execution) && !isExpress(machine))
  expect(byExecution(seen)).toEqual(byExecution(told))
  const times = seen.map(({ at }) => at)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  return seen
}

const open = (options: LabOptions = {}) => openLab({ ...options, cloud: { histories: true } })

describe('what is told from the history of an execution is what the engine told', () => {
  it('of every operation on an array, from building it to removing it', async () => {
    const lab = open()
    const array = 'star0001'
    for (const [machine, input] of [
      ['provision-array', { disks: { size: '20G' } }],
      ['add-luns', { array, luns: [{ count: 2, size: '1G' }] }],
      ['reboot-nodes', { array }],
      ['failover-array', { array }],
      ['stop-array', { array }],
      ['start-array', { array }],
      ['enable-perfweb', { array }],
      ['schedule-array', { array, schedule: { stop: '0 19 * * *' } }],
      ['inspect-array', { array }],
      ['check-array', { array }],
      ['teardown-array', { array }],
    ] as const) {
      const { status, executionArn } = await lab.run(machine, input)
      expect([machine, status]).toEqual([machine, 'SUCCEEDED'])
      const seen = await compare(lab, executionArn)
      expect(seen.at(-1)).toMatchObject({ kind: 'execution-ended', machine })
    }
  })

  it('of a nested execution that fails, with the undo that follows', async () => {
    const lab = open({ faults: { CreateVolume: failing('VolumeLimitExceeded') } })
    const { status, executionArn } = await lab.run('provision-array', {})
    expect(status).toBe('FAILED')
    const seen = await compare(lab, executionArn)
    expect(seen.filter(({ kind }) => kind === 'state-caught').map(({ state }) => state)).toContain('CreateResources')
  })

  it('of retries', async () => {
    let times = 0
    const crash = () => {
      if (times++ < 2) throw refusal('Lambda.ServiceException')
    }
    const lab = open({ crashes: { 'find-place': crash } })
    const { executionArn } = await lab.run('provision-array', {})
    const seen = await compare(lab, executionArn)
    const retried = seen.filter(({ kind }) => kind === 'state-retried').map(({ state }) => state)
    expect(retried).toEqual(['FindPlace', 'FindPlace'])
  })

  it('of nodes that take too long to answer', async () => {
    let hung = false
    const lab = open({ faults: { GetCommandInvocation: () => (hung ? { Status: 'InProgress' } : undefined) } })
    await lab.run('provision-array', {})
    hung = true
    lab.events.length = 0
    const { executionArn } = await lab.run('inspect-array', { array: 'star0001' })
    const seen = await compare(lab, executionArn)
    const inspection = seen.at(-1)?.output as Inspection | undefined
    expect(inspection?.nodes.map(({ failure }) => failure)).toEqual(
      Array(3).fill(expect.stringMatching(/did not end in its time/)),
    )
  })

  it('of a branch that fails, and of what its neighbours were doing then', async () => {
    const lab = open({
      replies: {
        'prepare-host': () => ({ exitCode: 1, durationMs: 1_000 }),
        'prepare-controller': () => ({ durationMs: 500_000 }),
      },
    })
    const { executionArn } = await lab.run('provision-array', { keepOnFailure: true })
    const seen = await compare(lab, executionArn)
    expect(seen.filter(({ error, machine }) => error === 'Aborted' && machine === 'run-documents')).toHaveLength(1)
  })

  it('of an execution that is stopped', async () => {
    const lab = open()
    const abort = new AbortController()
    const { status, executionArn } = await lab.run(
      'provision-array',
      {},
      {
        signal: abort.signal,
        onEvent: ({ state, kind }) => state === 'CreatePool' && kind === 'state-entered' && abort.abort(),
      },
    )
    expect(status).toBe('ABORTED')
    const seen = await compare(lab, executionArn)
    expect(seen.at(-1)).toMatchObject({ kind: 'execution-ended', error: 'Aborted' })
  })
})
