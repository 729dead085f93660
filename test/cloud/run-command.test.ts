import { StartInstancesCommand, StopInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2'
import {
  DescribeDocumentCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  SendCommandCommand,
  type SendCommandCommandInput,
} from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import type { MemoryOptions } from '../../infra/local/memory-driver.ts'
import type { DocumentContent } from '../../infra/local/ssm-document.ts'
import { freshLab } from './fresh.ts'

const document = (changes: Partial<DocumentContent> = {}): DocumentContent => ({
  schemaVersion: '2.2',
  parameters: {
    name: { type: 'String', allowedPattern: '^[a-z]+$' },
    mode: { type: 'String', allowedValues: ['soft', 'hard'], default: 'soft' },
  },
  mainSteps: [
    {
      action: 'aws:runShellScript',
      name: 'run',
      inputs: { timeoutSeconds: '30', runCommand: ['#!/bin/bash', 'echo {{ name }} {{mode}} {{ other }}'] },
    },
  ],
  ...changes,
})

/** One running machine that knows the document `Greet`, and a way to send it. */
async function greeter(driver: Partial<MemoryOptions> = {}, content = document()) {
  const lab = freshLab({ reply: () => ({}), ...driver }, { documents: new Map([['Greet', content]]) })
  const [id = ''] = await lab.launch()
  const greet = async (changes: Partial<SendCommandCommandInput> = {}) => {
    const input = {
      DocumentName: 'Greet',
      InstanceIds: [id],
      Parameters: { name: ['ann'] },
      TimeoutSeconds: 60,
      ...changes,
    }
    return (await lab.ssm.send(new SendCommandCommand(input))).Command?.CommandId ?? ''
  }
  return { ...lab, id, greet, awake: () => lab.online(id) }
}

describe('SendCommand', () => {
  const refusals: Array<[what: string, name: string, change: Partial<SendCommandCommandInput>]> = [
    ['a document that is not there', 'InvalidDocument', { DocumentName: 'Unknown' }],
    ['a parameter that is missing', 'InvalidParameters', { Parameters: {} }],
    ['a parameter that is not declared', 'InvalidParameters', { Parameters: { name: ['ann'], age: ['3'] } }],
    ['a value outside of its pattern', 'InvalidParameters', { Parameters: { name: ['$(reboot)'] } }],
    [
      'a value that is not one of those allowed',
      'InvalidParameters',
      { Parameters: { name: ['ann'], mode: ['firm'] } },
    ],
    ['two values for a string', 'InvalidParameters', { Parameters: { name: ['ann', 'bob'] } }],
    ['a comment of 101 characters', 'ValidationException', { Comment: 'x'.repeat(101) }],
    ['a time to start below 30 s', 'ValidationException', { TimeoutSeconds: 29 }],
    ['an instance that is not there', 'InvalidInstanceId', { InstanceIds: ['i-0123456789abcdef0'] }],
    ['no instance', 'ValidationException', { InstanceIds: [] }],
    ['targets by tag', 'ValidationException', { Targets: [{ Key: 'tag:a', Values: ['b'] }] }],
  ]
  it.each(refusals)('refuses %s: %s', async (_, name, change) => {
    const { awake, greet, driver, id } = await greeter()
    await awake()
    await expect(greet(change)).rejects.toMatchObject({ name })
    expect(driver.machines.get(id)?.scripts.size).toBe(0)
  })

  it('refuses an instance named twice, one that is stopped, and one whose agent never answered', async () => {
    const { id, greet, awake, ec2 } = await greeter()
    await expect(greet()).rejects.toMatchObject({ name: 'InvalidInstanceId' })
    await awake()
    await expect(greet({ InstanceIds: [id, id] })).rejects.toMatchObject({ name: 'DuplicateInstanceId' })
    await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
    await expect(greet()).rejects.toMatchObject({ name: 'InvalidInstanceId' })
  })

  it.each([
    ['two steps', document({ mainSteps: [...document().mainSteps, ...document().mainSteps] })],
    ['another schema', document({ schemaVersion: '1.2' })],
    ['a list parameter', document({ parameters: { name: { type: 'StringList' } } })],
  ])('refuses a document it could not run as the agent does: %s', async (_, content) => {
    const { awake, greet } = await greeter({}, content)
    await awake()
    await expect(greet()).rejects.toMatchObject({ name: 'InvalidDocument' })
  })

  it('refuses a document of more than 64 KB', async () => {
    const content = document()
    content.mainSteps[0]?.inputs.runCommand.push('#'.repeat(65_536))
    const { awake, greet } = await greeter({}, content)
    await awake()
    await expect(greet()).rejects.toMatchObject({ name: 'MaxDocumentSizeExceeded' })
  })

  it('puts values and defaults into the script once, and leaves names it does not know', async () => {
    const texts: string[] = []
    const { awake, greet } = await greeter({
      reply: (_document, _parameters, _machine, { text, timeoutSeconds }) => {
        texts.push(text)
        return { exitCode: timeoutSeconds === 30 ? 0 : 1 }
      },
    })
    await awake()
    await greet()
    expect(texts).toEqual(['#!/bin/bash\necho ann soft {{ other }}'])
  })
})

describe('GetCommandInvocation', () => {
  it('is Pending while the agent is away, and goes on once it is back', async () => {
    const { id, greet, awake, driver, invocation, ended } = await greeter({ bootMs: 20_000 })
    await awake()
    await driver.reboot(id)
    const command = await greet()
    expect(await invocation(command, id)).toMatchObject({ Status: 'Pending', ResponseCode: -1 })
    expect((await ended(command, id)).Status).toBe('Success')
  })

  it('ends as DeliveryTimedOut when the agent does not come back in the time given', async () => {
    const { id, greet, awake, driver, ended, clock } = await greeter()
    await awake()
    Object.assign(driver.machines.get(id) ?? {}, { onlineAt: Number.POSITIVE_INFINITY })
    const command = await greet({ TimeoutSeconds: 90 })
    const before = clock.now()
    expect(await ended(command, id)).toMatchObject({ Status: 'TimedOut', StatusDetails: 'DeliveryTimedOut' })
    expect(clock.now() - before).toBe(90_000)
  })

  it('ends as DeliveryTimedOut when the machine went off while the script ran', async () => {
    const { id, greet, awake, driver, invocation, ended } = await greeter({ reply: () => ({ durationMs: 20_000 }) })
    await awake()
    const command = await greet()
    driver.cut(id)
    expect((await invocation(command, id)).Status).toBe('InProgress')
    expect((await ended(command, id)).StatusDetails).toBe('DeliveryTimedOut')
  })

  it('says Failed when the machine was off and on again meanwhile', async () => {
    const { id, greet, awake, driver, ec2, ended, stateOf } = await greeter({ reply: () => ({ durationMs: 20_000 }) })
    await awake()
    const command = await greet()
    driver.cut(id)
    expect(await stateOf(id)).toBe('stopped')
    await ec2.send(new StartInstancesCommand({ InstanceIds: [id] }))
    expect(await ended(command, id)).toMatchObject({
      Status: 'Failed',
      StandardErrorContent: expect.stringMatching(/restarted/),
    })
  })

  it('ends when its instance is terminated', async () => {
    const { id, greet, awake, ec2, invocation } = await greeter({ reply: () => ({ durationMs: 20_000 }) })
    await awake()
    const command = await greet()
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
    expect(await invocation(command, id)).toMatchObject({ Status: 'Failed', StatusDetails: 'Undeliverable' })
  })

  it('keeps a result after the machine is gone', async () => {
    const { id, greet, awake, ec2, ended, invocation } = await greeter({ reply: () => ({ stdout: 'hello' }) })
    await awake()
    const command = await greet()
    await ended(command, id)
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
    expect(await invocation(command, id)).toMatchObject({ Status: 'Success', StandardOutputContent: 'hello' })
  })

  it.each([
    [0, 'Success', 0],
    [168, 'Success', 0],
    [169, 'Failed', 169],
    [137, 'TimedOut', 137],
  ])('reads exit code %i as %s', async (exitCode, status, code) => {
    const { id, greet, awake, ended } = await greeter({ reply: () => ({ exitCode }) })
    await awake()
    expect(await ended(await greet(), id)).toMatchObject({ Status: status, ResponseCode: code })
  })

  it('knows the command, the instance and the step, or says which it does not', async () => {
    const { id, greet, awake, ssm } = await greeter()
    await awake()
    const CommandId = await greet()
    const get = (changes: object) =>
      ssm.send(new GetCommandInvocationCommand({ CommandId, InstanceId: id, ...changes }))
    await expect(get({ CommandId: 'mine' })).rejects.toMatchObject({ name: 'InvalidCommandId' })
    await expect(get({ InstanceId: 'i-0123456789abcdef0' })).rejects.toMatchObject({ name: 'InvocationDoesNotExist' })
    await expect(get({ PluginName: 'other' })).rejects.toMatchObject({ name: 'InvalidPluginName' })
    expect((await get({ PluginName: 'run' })).PluginName).toBe('run')
  })

  it('does not know the invocation yet at a first look where the cloud is eventually consistent', async () => {
    const lab = freshLab({}, { eventual: true })
    const [id = ''] = await lab.launch()
    await lab.online(id)
    const command = await lab.send('Test-exit', id, { code: '0' })
    await expect(lab.invocation(command, id)).rejects.toMatchObject({ name: 'InvocationDoesNotExist' })
    expect((await lab.invocation(command, id)).Status).toBe('Success')
  })
})

describe('DescribeInstanceInformation', () => {
  it("lists an instance from its agent's first answer on, and says when the connection is lost", async () => {
    const { id, awake, driver, ssm } = await greeter()
    const status = async () =>
      (await ssm.send(new DescribeInstanceInformationCommand({}))).InstanceInformationList?.map(each => each.PingStatus)
    expect(await status()).toEqual([])
    await awake()
    expect(await status()).toEqual(['Online'])
    await driver.reboot(id)
    expect(await status()).toEqual(['ConnectionLost'])
  })
})

it('DescribeDocument knows a document by its content, and none that is not there', async () => {
  const describeIt = async (content = document(), Name = 'Greet') => {
    const { ssm } = await greeter({}, content)
    return (await ssm.send(new DescribeDocumentCommand({ Name }))).Document ?? {}
  }
  const { Hash, ...about } = await describeIt()
  expect(about).toMatchObject({ Name: 'Greet', HashType: 'Sha256', DocumentType: 'Command', Status: 'Active' })
  expect(Hash).toMatch(/^[0-9a-f]{64}$/)
  expect((await describeIt()).Hash).toBe(Hash)
  expect((await describeIt(document({ parameters: {} }))).Hash).not.toBe(Hash)
  await expect(describeIt(document(), 'Shout')).rejects.toMatchObject({ name: 'InvalidDocument' })
})
