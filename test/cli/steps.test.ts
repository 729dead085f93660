import { beforeEach, describe, expect, it } from 'vitest'
import { kebab, type ProgressEvent, parseEvents } from '../../cli/events.ts'
import { startProgress } from '../../cli/progress.ts'
import { type ShapeOf, shapesOf } from '../../cli/shape.ts'
import { createSteps, type Steps } from '../../cli/steps.ts'

const shapes = shapesOf({
  States: {
    Check: { Type: 'Task', Next: 'StartNodes' },
    StartNodes: { Type: 'Task', Next: 'AreUp' },
    AreUp: { Type: 'Choice', Choices: [{ Next: 'Both' }], Default: 'Wait' },
    Wait: { Type: 'Wait', Next: 'StartNodes' },
    Both: {
      Type: 'Parallel',
      Branches: [
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder, as the definitions have them
        { States: { Prepare: { Type: 'Task', Parameters: { StateMachineArn: '${RunDocumentsMachine}' } } } },
        { States: { PlanTrust: { Type: 'Task' } } },
      ],
    },
  },
})
const shapeOf: ShapeOf = (_, state) => shapes.get(state)

const event = (at: number, kind: ProgressEvent['kind'], rest: Partial<ProgressEvent>): ProgressEvent => ({
  at,
  kind,
  execution: 'p1',
  machine: 'provision-array',
  ...rest,
})
const enter = (at: number, state: string) => event(at, 'state-entered', { state })
const exit = (at: number, state: string) => event(at, 'state-exited', { state })

const making = { execution: 'c9', machine: 'create-resources', state: 'MakeResources' }
const instance = (node: string, more = {}) => ({ step: 'create-instance', node, began: 5, troubles: 0, ...more })
const made = (at: number, ...items: object[]) => event(at, 'state-exited', { ...making, output: { made: { items } } })

describe('shape of a state machine', () => {
  it('knows loops, and the states inside of a Parallel', () => {
    expect(shapes.get('StartNodes')?.loop.sort()).toEqual(['AreUp', 'StartNodes', 'Wait'])
    expect(shapes.get('Prepare')).toEqual({ type: 'Task', loop: [], starts: 'run-documents' })
  })
})

describe('steps from events', () => {
  let steps: Steps
  beforeEach(() => {
    steps = createSteps(shapeOf)
  })
  const feed = (...events: ProgressEvent[]) =>
    events.flatMap(e => steps.add(e)).map(c => [c.kind, c.step.name, c.step.node, c.at - c.step.from])

  it('is done with a task when it is left', () => {
    expect(feed(enter(0, 'Check'))).toEqual([])
    expect(steps.running().map(step => step.name)).toEqual(['check'])
    expect(feed(exit(400, 'Check'))).toEqual([['done', 'check', '', 400]])
    expect(steps.running()).toEqual([])
  })

  it('takes a polling loop for one step, from the first look to the way out', () => {
    const look = (at: number) => [enter(at, 'StartNodes'), exit(at + 10, 'StartNodes'), enter(at + 11, 'AreUp')]
    const round = (at: number) => [...look(at), enter(at + 12, 'Wait'), exit(at + 90, 'Wait')]
    const changes = feed(...round(0), ...round(100), ...look(200), enter(212, 'Both'))
    expect(changes).toEqual([['done', 'start-nodes', '', 212]])
  })

  const own = { execution: 'c1', machine: 'run-documents', parent: 'p1' }
  const sent = (at: number, ...outcomes: object[]) =>
    event(at, 'state-exited', { ...own, state: 'SendDocuments', output: { sent: { outcomes } } })
  const ofNode = (n: number, more: object = {}) => ({
    node: `n${n}`,
    document: 'STAR-create-pool',
    began: 5,
    sentAt: 5,
    ...more,
  })

  const told = (...events: ProgressEvent[]) =>
    events.flatMap(e => steps.add(e)).map(({ kind, step }) => [kind, step.node, step.failure])

  it('shows each document on its node, with its own times, and nothing of who runs and watches them', () => {
    const watch = { execution: 'w1', machine: 'watch-documents', parent: 'c1' }
    const outcomes = [ofNode(1, { ended: 905 }), ofNode(2, { ended: 940 })]
    const changes = feed(
      enter(0, 'Prepare'),
      event(5, 'execution-started', own),
      event(6, 'state-entered', { ...own, state: 'SendDocuments' }),
      sent(7, ofNode(1), ofNode(2)),
      event(8, 'state-entered', { ...own, state: 'WatchDocuments' }),
      event(9, 'execution-started', watch),
      event(10, 'state-entered', { ...watch, state: 'LookAtDocuments' }),
      event(949, 'execution-ended', watch),
      event(950, 'state-exited', { ...own, state: 'ConcludeDocuments', output: { outcomes } }),
      event(951, 'execution-ended', own),
    )
    expect(changes).toEqual([
      ['done', 'create-pool', 'n1', 900],
      ['done', 'create-pool', 'n2', 935],
    ])
  })

  it('takes the time until a node answers for a step of its own', () => {
    const waiting = { sentAt: undefined }
    const changes = feed(
      sent(7, ofNode(1), ofNode(2, waiting)),
      sent(400, ofNode(1, { ended: 100 }), ofNode(2, { sentAt: 390 })),
      event(950, 'state-exited', {
        ...{ ...own, state: 'ConcludeDocuments' },
        output: { outcomes: [ofNode(1, { ended: 100 }), ofNode(2, { sentAt: 390, ended: 900 })] },
      }),
    )
    expect(changes).toEqual([
      ['done', 'create-pool', 'n1', 95],
      ['done', 'wait-for-agent', 'n2', 385],
      ['done', 'create-pool', 'n2', 510],
    ])
  })

  it('shows each resource that is made beside others, and fails those that were in the making when it ended', () => {
    const trouble = { Error: 'CloudUnavailable', Cause: 'too often' }
    const changes = told(
      event(5, 'state-entered', making),
      made(9, instance('n1'), instance('n2')),
      made(50, instance('n1', { ended: 45 }), instance('n2', { trouble })),
      event(60, 'execution-ended', { ...making, state: undefined, error: 'EventInvalid', cause: 'a defect' }),
    )
    expect(changes).toEqual([
      ['done', 'n1', undefined],
      ['retried', 'n2', 'CloudUnavailable: too often'],
      ['failed', 'n2', 'EventInvalid: a defect'],
    ])
  })

  it('tells of one that failed, of one that is tried again, once, and of those that were stopped', () => {
    const failure = { Error: 'DocumentFailed', Cause: 'exit status 5\nmore' }
    const trouble = { Error: 'DocumentLost', Cause: 'cut off' }
    const changes = told(
      sent(10, ofNode(1), ofNode(2)),
      sent(20, ofNode(1, { trouble }), ofNode(2)),
      sent(30, ofNode(1, { trouble }), ofNode(2, { failure, ended: 25 })),
      event(40, 'execution-ended', { ...own, error: 'Aborted' }),
    )
    expect(changes).toEqual([
      ['retried', 'n1', 'DocumentLost: cut off'],
      ['failed', 'n2', 'DocumentFailed: exit status 5'],
      ['stopped', 'n1', undefined],
    ])
  })

  it('tells those that failed from those that did not by the failure they end with', () => {
    const open = { ...own, state: 'ConcludeDocuments', error: 'DocumentsOpen', cause: 'STAR-create-pool on n2' }
    const cause = 'STAR-create-pool on n2: Failed, exit status 5\n(and 1 more of 3: STAR-create-pool on n3)'
    const changes = told(
      sent(10, ofNode(1), ofNode(2), ofNode(3), ofNode(22)),
      event(20, 'state-failed', open),
      event(30, 'state-failed', { ...open, error: 'DocumentFailed', cause }),
      event(40, 'execution-ended', { ...own, error: 'DocumentFailed', cause }),
    )
    const failed = 'DocumentFailed: STAR-create-pool on n2: Failed, exit status 5'
    expect(changes).toEqual([
      ['done', 'n1', undefined],
      ['failed', 'n2', failed],
      ['failed', 'n3', failed],
      ['done', 'n22', undefined],
    ])
  })

  it('tells which node was not heard of', () => {
    const cause = 'waited 300 s for the agent of n2 (i-2) to answer'
    const changes = told(
      sent(10, ofNode(1), ofNode(2, { sentAt: undefined })),
      event(40, 'execution-ended', { ...own, error: 'DeadlineExceeded', cause }),
    )
    expect(changes).toEqual([
      ['done', 'n1', undefined],
      ['failed', 'n2', `DeadlineExceeded: ${cause}`],
    ])
  })

  it('has a step for what goes wrong before any document is known', () => {
    const denied = { execution: 'c1', machine: 'run-documents', state: 'SendDocuments', error: 'AccessDeniedException' }
    const changes = [event(10, 'state-retried', denied), event(20, 'state-failed', denied)].flatMap(e => steps.add(e))
    expect(changes.map(({ kind, step }) => [kind, step.name, step.failure])).toEqual([
      ['retried', 'run-documents', 'AccessDeniedException'],
      ['failed', 'run-documents', 'AccessDeniedException'],
    ])
  })

  it('says how a step failed, and when it is tried again', () => {
    const why = { error: 'NotYetVisible', cause: 'no such volume\nmore' }
    const changes = [
      enter(0, 'Check'),
      event(10, 'state-retried', { state: 'Check', ...why }),
      event(20, 'state-failed', { state: 'Check', error: 'CloudRefused', cause: 'zone' }),
    ].flatMap(e => steps.add(e))
    expect(changes.map(c => [c.kind, c.step.failure])).toEqual([
      ['retried', 'NotYetVisible: no such volume'],
      ['failed', 'CloudRefused: zone'],
    ])
  })
})

describe('progress', () => {
  const story = [
    enter(1000, 'Check'),
    exit(1400, 'Check'),
    made(1500, instance('n1', { began: 1500 })),
    made(9500, instance('n1', { began: 1500, ended: 9500 })),
  ]

  it('prints a plain line for each step where there is no terminal', () => {
    let text = ''
    const progress = startProgress({ write: part => (text += part) }, shapeOf, 'a1  up')
    for (const e of story) progress.event(e)
    progress.stop()
    expect(text.split('\n').map(line => line.trim().split(/ {2,}/))).toEqual([
      ['+0.4s', 'check', 'done 0.4s'],
      ['+8.5s', 'create-instance', 'n1', 'done 8.0s'],
      [''],
    ])
  })

  it('says a failure once, where it happened, and not again for all that is around it', () => {
    let text = ''
    const progress = startProgress({ write: part => (text += part) }, shapeOf, 'a1  up')
    const why = { error: 'CloudRefused', cause: 'zone' }
    for (const e of [enter(0, 'Check'), made(6, instance('n1'))]) progress.event(e)
    progress.event(event(10, 'execution-ended', { ...making, state: undefined, ...why }))
    progress.event(event(11, 'state-failed', { state: 'Check', ...why }))
    expect(text.match(/CloudRefused: zone/g)).toHaveLength(1)
    expect(text).toMatch(/create-instance +n1 +failed/)
  })

  it('leaves a terminal with the finished steps alone, however often it drew the running ones', () => {
    const screen = terminal(60)
    const progress = startProgress(screen, shapeOf, 'a1  up', { now: () => 2000 })
    for (const e of story.slice(0, 3)) progress.event(e)
    expect(screen.lines().join('\n')).toMatch(
      /check .*done 0\.4s\na1 {2}up .*1 steps done\n {2}create-instance {2}n1 {2}0\.5s/,
    )
    for (const e of story.slice(3)) progress.event(e)
    progress.stop()
    expect(screen.lines().map(line => line.trim().split(/ {2,}/)[1])).toEqual(['check', 'create-instance'])
  })

  it('never draws more lines than the terminal has', () => {
    const screen = terminal(60, 6)
    const progress = startProgress(screen, shapeOf, 'a1  up', { now: () => 2000 })
    progress.event(made(1000, ...Array.from({ length: 20 }, (_, i) => instance(`n${i}`))))
    expect(screen.lines().length).toBeLessThan(6)
    expect(screen.lines().at(-1)).toMatch(/and 18 more/)
    progress.stop()
  })
})

describe('records of events', () => {
  it('passes over a line that was cut off', () => {
    const whole = JSON.stringify(enter(1, 'Check'))
    expect(parseEvents(`${whole}\n${whole.slice(0, 20)}`)).toHaveLength(1)
  })

  it('names steps in the field of the documents', () => {
    expect(['PrepareController', 'DescribeEBSVolumes', 'Check', 'create-pool', 'Healthy?'].map(kebab)).toEqual([
      'prepare-controller',
      'describe-ebs-volumes',
      'check',
      'create-pool',
      'healthy',
    ])
  })
})

/** A terminal as small as these tests need: text, newlines, "cursor up n" and "erase below". */
function terminal(columns: number, rows = 24) {
  const lines: string[] = ['']
  let at = 0
  return {
    isTTY: true,
    columns,
    rows,
    write(text: string) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal is given
      for (const [part, up] of text.matchAll(/\x1b\[(\d+)A|\x1b\[[\d;]*[Jm]|\n|[^\x1b\n]+/g)) {
        if (up !== undefined) at -= Number(up)
        else if (part.endsWith('J')) lines.splice(at, lines.length, '')
        else if (part === '\n') at++
        else if (!part.startsWith('\x1b')) lines[at] = (lines[at] ?? '') + part
        expect(at).toBeGreaterThanOrEqual(0)
      }
    },
    lines: () => lines.filter(line => line !== ''),
  }
}
