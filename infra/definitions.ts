/** The state machines as files, `statemachines/<machine>.asl.json`, and the names that they leave for a cloud to fill in. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const definitionFile = (machine: string) => join(root, 'statemachines', `${machine}.asl.json`)
export const functionFile = (name: string) => join(root, 'functions', `${name}.ts`)

export interface Retrier {
  ErrorEquals: string[]
  IntervalSeconds?: number
  BackoffRate?: number
  MaxAttempts?: number
  MaxDelaySeconds?: number
  JitterStrategy?: string
}

export interface State {
  Type: string
  Resource?: string
  Parameters?: { FunctionName?: string; StateMachineArn?: string }
  InputPath?: string
  Seconds?: number
  SecondsPath?: string
  TimeoutSeconds?: number
  Retry?: Retrier[]
  Branches?: Definition[]
}
export interface Definition {
  StartAt: string
  States: Record<string, State>
}

export function machineNames(): string[] {
  return readdirSync(join(root, 'statemachines'))
    .flatMap(file => /^(.+)\.asl\.json$/.exec(file)?.[1] ?? [])
    .sort()
}

export const definitionText = (machine: string) => readFileSync(definitionFile(machine), 'utf8')

/** What a Task may ask for. */
export const RESOURCES = {
  function: 'arn:aws:states:::lambda:invoke',
  /** An execution that is followed to its end, and stopped with the one that started it. */
  standard: 'arn:aws:states:::states:startExecution.sync:2',
  /** One of an Express workflow: paid for by its seconds and not by its states, over after five minutes, and nobody can stop it. */
  express: 'arn:aws:states:::aws-sdk:sfn:startSyncExecution',
} as const

/** Workflows say how they are started: where that is by StartSyncExecution, they are Express. */
export const isExpress = (machine: string): boolean => {
  express ??= startedBy(RESOURCES.express)
  return express.has(machine)
}
/** Read once a process. */
let express: Set<string> | undefined

function startedBy(resource: string): Set<string> {
  const tasks = machineNames().flatMap(name => statesOf(JSON.parse(definitionText(name)) as Definition))
  const arns = tasks.flatMap(({ state }) => (state.Resource === resource && state.Parameters?.StateMachineArn) || [])
  return new Set(arns.flatMap(arn => [...placeholdersOf(arn).values()].map(({ name }) => name)))
}

/** What a definition starts or calls. */
export interface Reference {
  kind: 'function' | 'machine'
  name: string
}

const PLACEHOLDER = /\$\{(\w+)\}/g

/** What the placeholders of a definition stand for, each once: `RunDocumentsMachine`, `PlanTrust`. */
export function placeholdersOf(text: string): Map<string, Reference> {
  return new Map(Array.from(text.matchAll(PLACEHOLDER), ([, name = '']) => [name, referenceOf(name)]))
}

export function fillIn(text: string, arnOf: (reference: Reference) => string): string {
  return text.replace(PLACEHOLDER, (_, name: string) => arnOf(referenceOf(name)))
}

/** `RunDocumentsMachine` is a state machine, `PlanTrust` a function. A name that leads nowhere is an error. */
function referenceOf(placeholder: string): Reference {
  const kebab = placeholder.replace(/(?<!^)([A-Z])/g, '-$1').toLowerCase()
  const machine = kebab.replace(/-machine$/, '')
  if (machine !== kebab && existsSync(definitionFile(machine))) return { kind: 'machine', name: machine }
  if (existsSync(functionFile(kebab))) return { kind: 'function', name: kebab }
  throw new Error(`\${${placeholder}} is neither a function nor a state machine`)
}

export interface FoundState {
  name: string
  state: State
  /** The Parallel states around it, outermost first. */
  inside: string[]
}

export function statesOf(definition: Definition, inside: string[] = []): FoundState[] {
  return Object.entries(definition.States).flatMap(([name, state]) => [
    { name, state, inside },
    ...(state.Branches ?? []).flatMap(branch => statesOf(branch, [...inside, name])),
  ])
}
