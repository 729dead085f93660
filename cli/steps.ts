/**
 * From progress events to the steps a person thinks in: a document on a node, a call of a handler, a wait. A polling
 * loop is one step from its first look to its last; the child execution that runs a document is one step, and the states
 * that started it are none.
 */
import { firstCause } from '../functions/shared/first-cause.ts'
import { kebab, type ProgressEvent } from './events.ts'
import type { ShapeOf, StateShape } from './shape.ts'

export interface Step {
  name: string
  /** Node, disk or other item; empty where there is none. */
  node: string
  /** Epoch milliseconds. */
  from: number
  to?: number
  failure?: string
}

/** `stopped`: by an interruption, no fault of its own. */
export type StepChange = { kind: 'done' | 'failed' | 'stopped' | 'retried'; at: number; step: Step }

interface Open extends Step {
  execution: string
  state: string
  lane: string
  /** Its states while it goes round; empty for a step without a loop. */
  loop: string[]
}

export function createSteps(shapeOf: ShapeOf) {
  const steps: Open[] = []
  const documents = new Map<string, Open>()

  const isOpen = (step: Open) => step.to === undefined
  const laneOf = (event: ProgressEvent) => `${event.execution}|${event.label ?? event.node ?? ''}`
  /** The newest step of this state in this lane. */
  const find = (event: ProgressEvent) =>
    steps.findLast(step => step.lane === laneOf(event) && step.state === event.state && !step.failure)

  function begin(event: ProgressEvent, name: string, loop: string[] = []): Open {
    const node = event.label ?? event.node ?? ''
    const { at: from, execution, state = '' } = event
    const step = { name, node, from, execution, state, lane: laneOf(event), loop }
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

  function ofDocument(event: ProgressEvent): StepChange[] {
    const { at, kind } = event
    if (kind === 'execution-started') {
      documents.set(event.execution, begin(event, event.document?.replace(/^STAR-/, '') ?? 'run-document'))
      return []
    }
    const step = documents.get(event.execution)
    if (!step || !isOpen(step)) return []
    if (kind === 'execution-ended') return end(step, at, failureOf(event))
    return kind === 'state-retried' ? [{ kind: 'retried', at, step: { ...step, failure: failureOf(event) } }] : []
  }

  function ofState(event: ProgressEvent): StepChange[] {
    const { at, kind, machine, state } = event
    if (!state) return []
    const shape = shapeOf(machine, state)
    const isWork = !shape || isStep(shape)
    switch (kind) {
      case 'state-entered': {
        const ended = endLoops(at, step => step.lane === laneOf(event) && !step.loop.includes(state))
        if (!isWork) return ended
        const again = find(event)
        if (!again || !isOpen(again)) begin(event, kebab(state), shape?.loop)
        return ended
      }
      case 'state-exited': {
        const step = find(event)
        if (isWork) return step && isOpen(step) && step.loop.length === 0 ? end(step, at) : []
        return endLoops(
          at,
          s => s.execution === event.execution && (shapeOf(machine, s.state)?.inside.includes(state) ?? false),
        )
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
      if (event.machine === 'run-document') return ofDocument(event)
      if (event.kind === 'execution-ended') return endLoops(event.at, step => step.execution === event.execution)
      return ofState(event)
    },
    running: (): Step[] => steps.filter(isOpen),
    all: (): Step[] => steps,
  }
}

export type Steps = ReturnType<typeof createSteps>

/** A wait inside a loop is a part of what is waited for; who starts documents only waits for them. */
function isStep({ type, loop, starts }: StateShape): boolean {
  if (type === 'Wait') return loop.length === 0
  return type === 'Task' && starts !== 'run-document' && starts !== 'run-documents'
}

/** A document that failed ends its execution well, with the failure in its output: the parent's Map goes on to its end. */
function failureOf(event: ProgressEvent): string | undefined {
  const { failure } = (event.output ?? {}) as { failure?: { Error: string; Cause?: string } }
  if (!event.error && !failure) return undefined
  const { error, cause } = firstCause(failure ?? { Error: event.error ?? '', Cause: event.cause })
  const [first = ''] = cause.trim().split('\n')
  return first ? `${error}: ${first}` : error
}
