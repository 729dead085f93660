import type { Clock } from './clock.ts'
import type { MachineDriver } from './driver.ts'
import type { Histories } from './sfn-history.ts'
import type { DocumentContent } from './ssm-document.ts'
import type { Store } from './store.ts'

/** What every command of the cloud model works on. */
export interface Cloud {
  /** Directory for all that is remembered. */
  home: string
  store: Store
  driver: MachineDriver
  clock: Clock
  /** What date instances show for a moment of the clock: the same, unless schedules are tried on a calendar of their own. */
  calendar: (at: number) => number
  /** Systems Manager documents by name. */
  documents: ReadonlyMap<string, DocumentContent>
  /** Name of the node image, which is there from the start. */
  image: string
  /** Let what was just made stay unseen for a first look, as on AWS. */
  eventual: boolean
  /** How StartExecution starts a workflow, once an engine is there. */
  engine: { start?: StartWorkflow }
  /** Where GetExecutionHistory is to be answered. */
  histories?: Histories
}

export type StartWorkflow = (machine: string, name: string, input: unknown) => Promise<void> | void

/** An SDK command class, seen only as far as it tells the types of its input and output. */
type CommandClass<Input extends object, Output extends object> = new (
  input: Input,
) => {
  input: Input
  // biome-ignore lint/suspicious/noExplicitAny: the arguments belong to the SDK and do not matter here
  resolveMiddleware(...of: any[]): (...call: any[]) => Promise<{ output: Output }>
}

type Answer<Output> = Omit<Output, '$metadata'>

/** One command the local cloud knows, and what it does. */
export type Route = [command: unknown, run: (cloud: Cloud, input: never) => unknown]

export const route = <Input extends object, Output extends object>(
  command: CommandClass<Input, Output>,
  run: (cloud: Cloud, input: Input) => Answer<Output> | Promise<Answer<Output>>,
): Route => [command, run]
