/** The state machines as the engine runs them: the same `.asl.json` that goes to AWS, its names resolved to what is here. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StateMachineDefinition } from 'aws-local-stepfunctions'
import { asFunction } from './call-log.ts'
import { account, region } from './ec2-network.ts'
import { machineArn } from './sfn.ts'

const root = join(import.meta.dirname, '../..')
const definitionFile = (machine: string) => join(root, 'statemachines', `${machine}.asl.json`)
const functionFile = (name: string) => join(root, 'functions', `${name}.ts`)

export interface State {
  Type: string
  Resource?: string
  Parameters?: { FunctionName?: string; StateMachineArn?: string }
  InputPath?: string
  ItemsPath?: string
  Seconds?: number
  TimeoutSeconds?: number
  Branches?: Definition[]
  ItemProcessor?: Definition
}
export interface Definition {
  StartAt: string
  States: Record<string, State>
}

const definitions = new Map<string, Definition>()

/** Read once a process; nobody changes what comes back. */
export function loadDefinition(machine: string): Definition {
  const found = definitions.get(machine)
  if (found) return found
  const definition = JSON.parse(substitute(readFileSync(definitionFile(machine), 'utf8'))) as Definition
  definitions.set(machine, definition)
  return definition
}

/** `${RunDocumentMachine}` is a state machine, `${CheckAgent}` a function. A name that leads nowhere is an error. */
export function substitute(text: string): string {
  return text.replace(/\$\{(\w+)\}/g, (placeholder, name: string) => {
    const kebab = name.replace(/(?<!^)([A-Z])/g, '-$1').toLowerCase()
    const machine = kebab.replace(/-machine$/, '')
    if (machine !== kebab && existsSync(definitionFile(machine))) return machineArn(machine)
    if (existsSync(functionFile(kebab))) return `arn:aws:lambda:${region}:${account}:function:${kebab}`
    throw new Error(`${placeholder} is neither a function nor a state machine`)
  })
}

export interface FoundState {
  name: string
  state: State
  /** The Map and Parallel states around it. */
  inside: string[]
}

export function statesOf(definition: Definition, inside: string[] = []): FoundState[] {
  return Object.entries(definition.States).flatMap(([name, state]) => [
    { name, state, inside },
    ...[...(state.Branches ?? []), ...(state.ItemProcessor ? [state.ItemProcessor] : [])].flatMap(nested =>
      statesOf(nested, [...inside, name]),
    ),
  ])
}

/** As the interpreter's own type has it. */
export const asMachine = (definition: Definition) => definition as unknown as StateMachineDefinition

/** The last part of a function's or a state machine's ARN. */
export const lastOf = (arn: string) => arn.split(':').at(-1) ?? ''

export type Handler = (event: unknown, context: unknown) => Promise<unknown>
type Load = (name: string) => Promise<Handler>

let load: Load = async name => ((await import(functionFile(name))) as { handler: Handler }).handler
const handlers = new Map<string, Handler>()

/** Puts others in the place of this checkout's sources: the bundles, for one. */
export function loadHandlersBy(replacement: Load): void {
  handlers.clear()
  load = replacement
}

export async function handlerOf(name: string): Promise<Handler> {
  const known = handlers.get(name)
  if (known) return known
  const handler = await load(name)
  const found: Handler = (event, context) => asFunction(name, () => handler(event, context))
  handlers.set(name, found)
  return found
}

/** Every function that this machine, and those it starts, can come to. */
export async function loadHandlers(machine: string, seen = new Set<string>()): Promise<void> {
  if (seen.has(machine)) return
  seen.add(machine)
  for (const { state } of statesOf(loadDefinition(machine))) {
    const { FunctionName, StateMachineArn } = state.Parameters ?? {}
    if (FunctionName) await handlerOf(lastOf(FunctionName))
    if (StateMachineArn) await loadHandlers(lastOf(StateMachineArn), seen)
  }
}
