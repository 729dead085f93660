/** What the local cloud alone can do, and how the same is done on AWS: always a Mistake that says so. */
import { allNodes } from '../../functions/shared/arrays.ts'
import { withCloud } from '../cloud.ts'
import { Mistake } from '../failure.ts'
import { type OpenFlags, perfwebOf } from '../open.ts'
import { commandLine, pick, quote } from '../shell.ts'

export async function shellInstead(name: string, command: string[], flags: { array?: string }): Promise<never> {
  const { instanceId } = await withCloud(async () => pick(await allNodes(), name, flags.array))
  const run = `sudo sh -c ${quote(commandLine(command))}`
  const line =
    command.length === 0 ? session(instanceId) : session(instanceId, 'AWS-StartInteractiveCommand', { command: [run] })
  throw new Mistake(
    `on AWS Session Manager leads to ${name}; with the AWS CLI and its Session Manager plugin:\n  ${line}${
      command.length === 0 ? '\nThere, sudo -i makes you root' : ''
    }`,
  )
}

export async function openInstead(flags: OpenFlags): Promise<never> {
  const { host, node } = await withCloud(async () => {
    const place = await perfwebOf(flags)
    return { ...place, node: pick(await allNodes(), place.host, place.array) }
  })
  const port = String(flags.port ?? 8080)
  const line = session(node.instanceId, 'AWS-StartPortForwardingSession', {
    portNumber: ['80'],
    localPortNumber: [port],
  })
  throw new Mistake(
    `on AWS Session Manager leads to ${host}; with the AWS CLI and its Session Manager plugin:\n  ${line}\n` +
      `and then http://127.0.0.1:${port}/`,
  )
}

export function serveInstead(): never {
  throw new Mistake(
    'on AWS the API is a part of the stack, and schedules are applied there: docs/deploy.md says at which address',
  )
}

export function eventsInstead(): never {
  throw new Mistake(
    'EventBridge keeps no events: what was put on the bus cannot be read back. A rule on the bus star that sends them to ' +
      'a log group shows those to come',
  )
}

function session(instanceId: string, document?: string, parameters?: object): string {
  const words = ['aws', 'ssm', 'start-session', '--region', process.env.AWS_REGION ?? '', '--target', instanceId]
  const how = document ? ['--document-name', document, '--parameters', JSON.stringify(parameters)] : []
  return [...words, ...how].map(quote).join(' ')
}
