/** What Step Functions and Systems Manager limit, measured in what ran in a lab. */
import { composeDocuments } from '../../ssm-documents/compose.ts'
import type { Lab } from '../statemachines/lab.ts'

export interface Size {
  size: number
  where: string
}

const documents = composeDocuments()
const bytes = (value: unknown) => Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value))
const machineOf = (arn: string) => arn.split(':').at(-2) ?? ''

interface Told {
  type?: string
  name?: string
  input?: string
  output?: string
  parameters?: string
  cause?: string
}

/** From the histories of all executions: every input, output and parameter in bytes, every cause in characters. */
export function passed(lab: Lab): { payloads: Size[]; causes: Size[]; events: Size[] } {
  const payloads: Size[] = []
  const causes: Size[] = []
  const events: Size[] = []
  for (const [arn, history] of lab.cloud.histories ?? []) {
    const machine = machineOf(arn)
    let state = ''
    for (const { type, id: _, timestamp: __, previousEventId: ___, ...details } of history.events()) {
      for (const told of Object.values(details) as Told[]) {
        state = told.name ?? state
        const where = `${machine}: ${type} in ${state}`
        for (const text of [told.input, told.output, told.parameters]) {
          if (text !== undefined) payloads.push({ size: bytes(text), where })
        }
        if (told.cause !== undefined) causes.push({ size: told.cause.length, where })
      }
    }
    events.push({ size: history.events().length, where: machine })
  }
  return { payloads, causes, events }
}

/** Every document that was sent, with its parameters, in bytes. */
export const sent = (lab: Lab): Size[] =>
  lab.nodes.ran.map(({ document, node, parameters }) => ({
    size: bytes(documents.get(`STAR-${document}`)) + bytes(parameters),
    where: `${document} on ${node}`,
  }))

/** Notes the characters that documents write to standard output from now on. */
export function listen({ machines }: Lab): Size[] {
  const heard: Size[] = []
  const { send } = machines
  machines.send = async (id, script) => {
    await send(id, script)
    const size = machines.machines.get(id)?.scripts.get(script.commandId)?.result.stdout.length ?? 0
    heard.push({ size, where: script.document })
  }
  return heard
}

export function top(sizes: Size[]): Size {
  return sizes.reduce((best, item) => (item.size > best.size ? item : best), { size: 0, where: 'nothing' })
}
