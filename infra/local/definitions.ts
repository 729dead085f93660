/** The state machines as the engine runs them: the same `.asl.json` that goes to AWS, its names resolved to what is here. */
import type { StateMachineDefinition } from 'aws-local-stepfunctions'
import { type Definition, definitionText, fillIn, functionFile, statesOf } from '../definitions.ts'
import { asFunction } from './call-log.ts'
import { account, region } from './ec2-network.ts'
import { machineArn } from './sfn.ts'

const definitions = new Map<string, Definition>()

/** Read once a process; nobody changes what comes back. */
export function loadDefinition(machine: string): Definition {
  const found = definitions.get(machine)
  if (found) return found
  const definition = JSON.parse(substitute(definitionText(machine))) as Definition
  definitions.set(machine, definition)
  return definition
}

export function substitute(text: string): string {
  return fillIn(text, ({ kind, name }) =>
    kind === 'machine' ? machineArn(name) : `arn:aws:lambda:${region}:${account}:function:${name}`,
  )
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
