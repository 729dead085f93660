import { DeleteVolumeCommand } from '@aws-sdk/client-ec2'
import { StartExecutionCommand } from '@aws-sdk/client-sfn'
import { PutParameterCommand } from '@aws-sdk/client-ssm'
import { expect, onTestFinished, test } from 'vitest'
import { openLab } from '../statemachines/lab.ts'
import { openEndpoint } from './endpoint.ts'
import { type Clients, type ServiceName, sdkClients } from './services.ts'

const names = ['ec2', 'ssm', 'sfn', 'events'] as const
type Send = (command: Command) => Promise<object>
interface Command {
  constructor: { name: string }
  input: object
}
interface Call {
  client: ServiceName
  command: Command
  input: object
  output: object
}

/** Clients that reach this cloud over HTTP. */
async function over(cloud: Clients) {
  const { url, close } = await openEndpoint(cloud)
  const clients = sdkClients(url)
  onTestFinished(async () => {
    for (const name of names) clients[name].destroy()
    await close()
  })
  return clients
}

/** Without what says nothing: `undefined` does not cross the wire, nor does what the SDK adds to an answer. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const said = Object.entries(value).filter(([name, given]) => name !== '$metadata' && given !== undefined)
  return Object.fromEntries(said.map(([name, given]) => [name, plain(given)]))
}

/** Every call of an array's life, from its making to its end, without HTTP. */
async function callsOfALife(): Promise<Call[]> {
  const lab = openLab()
  const calls: Call[] = []
  for (const client of names) {
    const send = lab.cloud[client].send.bind(lab.cloud[client]) as Send
    const record: Send = async command => {
      const input = structuredClone(command.input)
      const output = await send(command)
      calls.push({ client, command, input, output: structuredClone(output) })
      return output
    }
    Object.assign(lab.cloud[client], { send: record })
  }
  for (const [machine, input] of [
    ['provision-array', { disks: { size: '20G' } }],
    ['add-luns', { array: 'star0001', luns: [{ size: '100M' }] }],
    ['reboot-nodes', { array: 'star0001' }],
    ['failover-array', { array: 'star0001' }],
    ['check-array', { array: 'star0001' }],
    ['stop-array', { array: 'star0001' }],
    ['start-array', { array: 'star0001' }],
    ['teardown-array', { array: 'star0001' }],
  ] as const) {
    expect(await lab.run(machine, input), machine).toMatchObject({ status: 'SUCCEEDED' })
  }
  return calls
}

test('all calls of an array’s life come through HTTP as they were sent, and their answers as they were given', async () => {
  const calls = await callsOfALife()
  let next: Call | undefined
  const heard: unknown[] = []
  const replay: Send = async ({ input }) => {
    heard.push(plain(input))
    return next?.output ?? {}
  }
  const clients = await over(Object.fromEntries(names.map(name => [name, { send: replay }])) as never)

  for (next of calls) {
    const { client, command, input, output } = next
    const answer = await (clients[client].send as unknown as Send)(command)
    const what = command.constructor.name
    expect([what, heard.pop()]).toEqual([what, plain(input)])
    expect([what, plain(answer)]).toEqual([what, plain(output)])
  }

  const commands = new Set(calls.map(({ command }) => command.constructor.name))
  console.log(`${calls.length} calls of ${commands.size} commands`)
  expect(commands.size).toBeGreaterThan(20)
})

test('refusals are told in each protocol’s own way', async () => {
  const { ec2, ssm, sfn } = await over(openLab().cloud)
  const put = (Name: string) => ssm.send(new PutParameterCommand({ Name, Value: 'x', Type: 'String' }))
  await put('/star/a')

  await expect(put('/star/a')).rejects.toMatchObject({
    name: 'ParameterAlreadyExists',
    message: expect.stringMatching(/^The parameter already exists/),
    $fault: 'client',
    $metadata: { httpStatusCode: 400, attempts: 1 },
  })
  await expect(ec2.send(new DeleteVolumeCommand({ VolumeId: 'vol-0123456789abcdef0' }))).rejects.toMatchObject({
    name: 'InvalidVolume.NotFound',
    message: "The volume 'vol-0123456789abcdef0' does not exist.",
    $metadata: { httpStatusCode: 400 },
  })
  await expect(sfn.send(new StartExecutionCommand({ stateMachineArn: 'arn:none' }))).rejects.toMatchObject({
    name: 'StateMachineDoesNotExist',
  })
})

test('a defect of the cloud itself is no refusal', async () => {
  const broken = () => Promise.reject(new TypeError('x is undefined'))
  const { ec2 } = await over(Object.fromEntries(names.map(name => [name, { send: broken }])) as never)

  await expect(ec2.send(new DeleteVolumeCommand({ VolumeId: 'vol-1' }))).rejects.toMatchObject({
    name: 'InternalError',
    message: 'TypeError: x is undefined',
    $metadata: { httpStatusCode: 500 },
  })
})
