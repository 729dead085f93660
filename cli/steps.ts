/**
 * From progress events to the steps a person thinks in: a document on a node, a call of a handler, a wait. A polling
 * loop is one step from its first look to its last; each document that is run is one step, after one for its node's
 * boot, and so is each resource that is made beside others; the states that look after them are none.
 */
import { firstCause } from '../functions/shared/first-cause.ts'
import type { Failure, Making, Progress } from '../functions/shared/shapes.ts'
import { kebab, type ProgressEvent } from './events.ts'
import type { ShapeOf, StateShape } from './shape.ts'

export interface Step {
  name: string
  /** A node, a disk or `disk → node`; empty where there is none. */
  node: string
  /** Epoch milliseconds. */
  from: number
  to?: number
  failure?: string
  /** Others run inside of it: it starts an execution and waits for it. */
  around?: true
}

/** `stopped`: by an interruption, no fault of its own. */
export type StepChange = { kind: 'done' | 'failed' | 'stopped' | 'retried'; at: number; step: Step }

interface Open extends Step {
  execution: string
  state: string
  /** Its states while it goes round; empty for a step without a loop. */
  loop: string[]
}

/** Until a node's agent answers it boots, most times: that is a step of its own, before the document's. */
const AGENT = 'wait-for-agent'

export function createSteps(shapeOf: ShapeOf) {
  const steps: Open[] = []
  /** By execution, in the order in which they were given. */
  const worked = new Map<string, { step: Open; trouble?: string }[]>()

  const isOpen = (step: Open) => step.to === undefined
  /** The newest step of this state in this execution. */
  const find = (event: ProgressEvent) =>
    steps.findLast(step => step.execution === event.execution && step.state === event.state && !step.failure)

  function begin(event: ProgressEvent, name: string, node: string, shape?: StateShape): Open {
    const { at: from, execution, state = '' } = event
    const about = { name, node, from, execution, state, loop: shape?.loop ?? [] }
    const step: Open = shape?.starts ? { ...about, around: true } : about
    steps.push(step)
    return step
  }

  function end(step: Open, at: number, failure?: string): StepChange[] {
    step.to = at
    step.loop = []
    const kind = failure === 'Aborted' ? 'stopped' : failure ? 'failed' : 'done'
    if (kind === 'failed') step.failure = failure
    return [{ kind, at, step }]
  }

  /** Steps whose loop was left. */
  function endLoops(at: number, left: (step: Open) => boolean): StepChange[] {
    return steps.filter(step => isOpen(step) && step.loop.length > 0 && left(step)).flatMap(step => end(step, at))
  }

  function sideBySide(event: ProgressEvent): StepChange[] {
    const { at, kind, execution, state } = event
    const running = worked.get(execution) ?? []
    worked.set(execution, running)
    if (kind === 'execution-ended') {
      const failure = failureOf(event)
      const open = running.filter(({ step }) => isOpen(step))
      // The failure names those that it is of; of none where it is one of all.
      const named = open.filter(({ step: { name, node } }) =>
        new RegExp(`(${name} on|agent of) ${node}(?![\\w-])`).test(event.cause ?? ''),
      )
      const failed = named.length > 0 ? named : open
      return open.flatMap(one => end(one.step, at, failed.includes(one) ? failure : undefined))
    }
    if (kind === 'state-exited')
      return outcomesOf(event).flatMap((outcome, place) => ofOne(event, running, outcome, place))
    // Their own failures are told of where the execution ends with them.
    const isOwn = /^(Watch|Conclude)/.test(state ?? '')
    // What goes wrong with all of them at once.
    if (kind === 'state-failed' && !isOwn) return end(begin(event, event.machine, ''), at, failureOf(event))
    return kind === 'state-retried'
      ? [{ kind: 'retried', at, step: { name: event.machine, node: '', from: at, failure: failureOf(event) } }]
      : []
  }

  function ofOne(
    event: ProgressEvent,
    running: { step: Open; trouble?: string }[],
    { node, name: work, began, sentAt, ended, failure, trouble }: Worked,
    place: number,
  ): StepChange[] {
    const before = running[place]
    const answered = before?.step.name === AGENT && isOpen(before.step) && sentAt !== undefined
    const changes = answered ? end(before.step, sentAt) : []
    const name = sentAt === undefined ? AGENT : work
    const found = (answered ? undefined : before) ?? {
      step: begin({ ...event, at: sentAt ?? began }, name, node),
    }
    running[place] = found
    const { step } = found
    if (!isOpen(step)) return changes
    if (ended !== undefined) return [...changes, ...end(step, ended, failure && textOf(failure))]
    const why = trouble && textOf(trouble)
    if (why === found.trouble) return changes
    found.trouble = why
    return why ? [...changes, { kind: 'retried', at: event.at, step: { ...step, failure: why } }] : changes
  }

  function ofState(event: ProgressEvent): StepChange[] {
    const { at, kind, machine, state } = event
    if (!state) return []
    const shape = shapeOf(machine, state)
    const isWork = !shape || isStep(shape)
    switch (kind) {
      case 'state-entered': {
        const ended = endLoops(at, step => step.execution === event.execution && !step.loop.includes(state))
        if (!isWork) return ended
        const again = find(event)
        if (!again || !isOpen(again)) begin(event, kebab(state), '', shape)
        return ended
      }
      case 'state-exited': {
        const step = find(event)
        return step && isOpen(step) && step.loop.length === 0 ? end(step, at) : []
      }
      case 'state-failed':
      case 'state-caught': {
        const step = find(event)
        return isWork && step && isOpen(step) ? end(step, at, failureOf(event) ?? 'failed') : []
      }
      case 'state-retried': {
        const step = find(event)
        return step ? [{ kind: 'retried', at, step: { ...step, failure: failureOf(event) } }] : []
      }
      default:
        return []
    }
  }

  return {
    add(event: ProgressEvent): StepChange[] {
      if (event.machine === 'watch-documents') return []
      if (event.state && tellingOf[event.state]) return sideBySide(event)
      if (event.kind !== 'execution-ended') return ofState(event)
      return [...sideBySide(event), ...endLoops(event.at, step => step.execution === event.execution)]
    },
    running: (): Step[] => steps.filter(isOpen),
    all: (): Step[] => steps,
  }
}

export type Steps = ReturnType<typeof createSteps>

/** A wait inside a loop is a part of what is waited for; who starts documents only waits for them. */
function isStep({ type, loop, starts }: StateShape): boolean {
  if (type === 'Wait') return loop.length === 0
  return type === 'Task' && starts !== 'run-documents'
}

/** What is done side by side with others, as the state that looks after all of it tells. */
interface Worked extends Pick<Progress, 'node' | 'began' | 'sentAt' | 'ended' | 'failure' | 'trouble'> {
  name: string
}

/** On AWS an output that is too long is left out, and where a state failed it is not of this form. */
interface Output {
  sent?: { outcomes?: Progress[] }
  asked?: { outcomes?: Progress[] }
  outcomes?: Progress[]
  made?: { items?: Making[] }
}

const ofDocuments = (all: Progress[] = []) => all.map(one => ({ ...one, name: one.document.replace(/^STAR-/, '') }))

/** The states that look after work side by side, and where in their output they tell of it. */
const tellingOf: Record<string, (output: Output) => Worked[]> = {
  SendDocuments: ({ sent }) => ofDocuments(sent?.outcomes),
  WatchDocuments: () => [],
  ConcludeDocuments: ({ outcomes }) => ofDocuments(outcomes),
  AskNodes: ({ sent }) => ofDocuments(sent?.outcomes),
  WatchNodes: () => [],
  ConcludeAnswers: ({ asked }) => ofDocuments(asked?.outcomes),
  MakeResources: ({ made }) => made?.items?.map(item => ({ ...item, name: item.step, sentAt: item.began })) ?? [],
}

/** What a look at them said. */
const outcomesOf = ({ state = '', output }: ProgressEvent): Worked[] =>
  tellingOf[state]?.((output ?? {}) as Output) ?? []

const failureOf = ({ error, cause }: ProgressEvent): string | undefined =>
  error === undefined ? undefined : textOf({ Error: error, Cause: cause })

function textOf(failure: Failure): string {
  const { error, cause } = firstCause(failure)
  const [first = ''] = cause.trim().split('\n')
  return first ? `${error}: ${first}` : error
}
