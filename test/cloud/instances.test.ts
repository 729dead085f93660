import {
  DescribeInstancesCommand,
  paginateDescribeInstances,
  RebootInstancesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'
import { ec2Error } from '../../infra/local/errors.ts'
import { openLab } from './contract/lab.ts'
import { freshLab } from './fresh.ts'

const tagged = (Key: string, Value: string) => [{ ResourceType: 'instance' as const, Tags: [{ Key, Value }] }]

describe('RunInstances', () => {
  const refusals: Array<[what: string, code: string, change: Partial<RunInstancesCommandInput>]> = [
    ['an image that is not there', 'InvalidAMIID.NotFound', { ImageId: 'ami-0123456789abcdef0' }],
    ['an image id that is none', 'InvalidAMIID.Malformed', { ImageId: 'debian' }],
    ['an unknown type', 'InvalidParameterValue', { InstanceType: 't3a.colossal' as never }],
    ['no instances', 'InvalidParameterValue', { MinCount: 0, MaxCount: 0 }],
    ['an unknown group', 'InvalidGroup.NotFound', { SecurityGroupIds: ['sg-0123456789abcdef0'] }],
    ['an unknown subnet', 'InvalidSubnetID.NotFound', { SubnetId: 'subnet-0123456789abcdef0' }],
    ['a zone without a subnet', 'MissingInput', { Placement: { AvailabilityZone: 'ap-northeast-1a' } }],
    ['a zone of another region', 'InvalidZone.NotFound', { Placement: { AvailabilityZone: 'us-east-1a' } }],
    ['an unknown key pair', 'InvalidKeyPair.NotFound', { KeyName: 'gemini' }],
    ['user data that is not base64', 'InvalidUserData.Malformed', { UserData: '#!/bin/sh' }],
    ['a reserved tag', 'InvalidParameterValue', { TagSpecifications: tagged('aws:mine', '1') }],
    ['a client token that is too long', 'InvalidParameterValue', { ClientToken: 'x'.repeat(65) }],
    [
      'a subnet both in the request and in its interface',
      'InvalidParameterCombination',
      { SubnetId: 'subnet-0123456789abcdef0', NetworkInterfaces: [{ DeviceIndex: 0 }] },
    ],
  ]
  it.each(refusals)('refuses %s: %s', async (_, code, change) => {
    const { launch, driver } = freshLab()
    await expect(launch(1, change)).rejects.toMatchObject({ name: code, $fault: 'client' })
    expect(driver.machines.size).toBe(0)
  })

  it('answers with the same instances for the same client token', async () => {
    const { launch, driver } = freshLab()
    const first = await launch(2, { ClientToken: 'once' })
    expect(await launch(2, { ClientToken: 'once' })).toEqual(first)
    expect(driver.machines.size).toBe(2)
  })

  it('refuses a client token that was used for another request', async () => {
    const { launch } = freshLab()
    await launch(1, { ClientToken: 'once' })
    const other = launch(1, { ClientToken: 'once', InstanceType: 't3a.large' })
    await expect(other).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' })
  })

  it('makes one instance when two callers race with one client token', async () => {
    const { launch, driver } = freshLab()
    const [a, b] = await Promise.all([
      launch(1, { ClientToken: 'once', EbsOptimized: true, Monitoring: { Enabled: false } }),
      launch(1, { Monitoring: { Enabled: false }, EbsOptimized: true, ClientToken: 'once' }),
    ])
    expect(a).toEqual(b)
    expect(driver.machines.size).toBe(1)
  })

  it('answers pending, then shows the instance running with its tags, its place and its settings', async () => {
    const { ec2, imageId, instance } = freshLab()
    const { Instances } = await ec2.send(
      new RunInstancesCommand({
        ImageId: await imageId(),
        InstanceType: 't3a.medium',
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: tagged('star:node', 'instance-1'),
        MetadataOptions: { HttpTokens: 'required' },
        IamInstanceProfile: { Name: 'star-node' },
      }),
    )
    const made = Instances?.[0]
    expect(made?.State).toEqual({ Name: 'pending', Code: 0 })
    expect(await instance(made?.InstanceId ?? '')).toMatchObject({
      State: { Name: 'running', Code: 16 },
      Tags: [{ Key: 'star:node', Value: 'instance-1' }],
      PrivateIpAddress: expect.stringMatching(/^172\.31\./),
      MetadataOptions: { HttpTokens: 'required' },
      IamInstanceProfile: { Arn: expect.stringMatching(/instance-profile\/star-node$/) },
    })
  })

  it('says what the machine said when it cannot be started, and leaves nothing that lives', async () => {
    const { launch, driver, ec2 } = freshLab({
      fail: call => {
        if (call === 'start') throw new Error('no memory left')
      },
    })
    await expect(launch()).rejects.toMatchObject({
      name: 'InternalError',
      $fault: 'server',
      message: expect.stringMatching(/no memory left/),
    })
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}))
    expect(Reservations[0]?.Instances?.[0]).toMatchObject({
      State: { Name: 'terminated' },
      StateReason: { Message: expect.stringContaining('no memory left') },
    })
    expect(driver.open()).toBe(false)
  })

  it('is not there yet for a first look by id where the cloud is eventually consistent', async () => {
    const { launch, stateOf } = freshLab({}, { eventual: true })
    const [id = ''] = await launch()
    await expect(stateOf(id)).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' })
    expect(await stateOf(id)).toBe('running')
  })
})

describe('DescribeInstances', () => {
  const found = async (lab: ReturnType<typeof freshLab>, Name: string, ...Values: string[]) => {
    const { Reservations = [] } = await lab.ec2.send(new DescribeInstancesCommand({ Filters: [{ Name, Values }] }))
    return Reservations.flatMap(({ Instances = [] }) => Instances.map(each => each.InstanceId))
  }

  it('filters by tag, state, address and wildcards', async () => {
    const lab = freshLab()
    const [a = ''] = await lab.launch(1, { TagSpecifications: tagged('star:array', 'star0001') })
    const [b = ''] = await lab.launch(1, { TagSpecifications: tagged('star:array', 'other') })
    const [c = ''] = await lab.launch()
    await lab.ec2.send(new StopInstancesCommand({ InstanceIds: [b] }))
    expect(await found(lab, 'tag:star:array', 'star0001')).toEqual([a])
    expect(await found(lab, 'tag:star:array', 'star*', 'o?her')).toEqual([a, b])
    expect(await found(lab, 'tag-key', 'star:array')).toEqual([a, b])
    expect(await found(lab, 'instance-state-name', 'running')).toEqual([a, c])
    expect(await found(lab, 'private-ip-address', '172.31.0.12')).toEqual([c])
    await expect(found(lab, 'colour', 'red')).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  })

  it('takes a dot in a filter for a dot', async () => {
    const lab = freshLab()
    await lab.launch(1, { TagSpecifications: tagged('v', '1x2') })
    expect(await found(lab, 'tag:v', '1.2')).toEqual([])
  })

  it('gives pages, which the paginators of the SDK read', async () => {
    const { launch, ec2 } = freshLab()
    const ids = await Promise.all(Array.from({ length: 7 }, () => launch()))
    const pages: number[] = []
    const seen: unknown[] = []
    for await (const { Reservations = [] } of paginateDescribeInstances({ client: ec2 }, { MaxResults: 5 })) {
      pages.push(Reservations.length)
      seen.push(...Reservations.flatMap(({ Instances = [] }) => Instances.map(each => each.InstanceId)))
    }
    expect(pages).toEqual([5, 2])
    expect(seen.sort()).toEqual(ids.flat().sort())
    await expect(ec2.send(new DescribeInstancesCommand({ MaxResults: 4 }))).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    })
  })

  it('tells a malformed id from an unknown one', async () => {
    const { instance } = freshLab()
    await expect(instance('i-1')).rejects.toMatchObject({ name: 'InvalidInstanceID.Malformed' })
    await expect(instance('i-0123456789abcdef0')).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' })
  })

  it('shows a terminated instance for an hour, without a place in the network, and its address is free', async () => {
    const { launch, ec2, instance, clock, cloud, bench } = freshLab()
    const [first = ''] = await launch()
    await launch()
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [first] }))
    const gone = await instance(first)
    expect(gone.State?.Name).toBe('terminated')
    expect([gone.PrivateIpAddress, gone.SubnetId, gone.VpcId]).toEqual([undefined, undefined, undefined])
    expect((await instance((await launch())[0] ?? '')).PrivateIpAddress).toBe('172.31.0.10')

    const later = async (minutes: number) => {
      clock.advance(minutes * 60_000)
      const lab = openLab(bench)
      return lab.stateOf(first).finally(() => lab.cloud.close())
    }
    expect(await later(59)).toBe('terminated')
    await expect(later(2)).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' })
    expect(cloud.isEmpty()).toBe(false)
  })
})

describe('start, stop, reboot, terminate', () => {
  it('refuse what EC2 refuses from each state, and do nothing where nothing is to do', async () => {
    const { launch, ec2, stateOf } = freshLab()
    const [id = ''] = await launch()
    const InstanceIds = [id]
    await stateOf(id)
    const { StartingInstances } = await ec2.send(new StartInstancesCommand({ InstanceIds }))
    expect(StartingInstances?.[0]).toMatchObject({
      PreviousState: { Name: 'running' },
      CurrentState: { Name: 'running' },
    })
    await ec2.send(new StopInstancesCommand({ InstanceIds }))
    await ec2.send(new StopInstancesCommand({ InstanceIds }))
    const wrong = { name: 'IncorrectInstanceState' }
    await expect(ec2.send(new RebootInstancesCommand({ InstanceIds }))).rejects.toMatchObject(wrong)
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }))
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }))
    await expect(ec2.send(new StartInstancesCommand({ InstanceIds }))).rejects.toMatchObject(wrong)
    await expect(ec2.send(new StopInstancesCommand({ InstanceIds }))).rejects.toMatchObject(wrong)
    await expect(ec2.send(new RebootInstancesCommand({ InstanceIds }))).rejects.toMatchObject(wrong)
  })

  it('show when an instance was last started, and when somebody asked for its stop', async () => {
    const { launch, ec2, instance, clock, driver, cloud } = freshLab()
    const [id = ''] = await launch()
    const InstanceIds = [id]
    const look = async () => {
      const { LaunchTime, StateTransitionReason } = await instance(id)
      return [LaunchTime?.toISOString(), StateTransitionReason]
    }
    clock.advance(3_600_000)
    expect(await look()).toEqual(['2026-01-01T00:00:00.000Z', ''])
    await ec2.send(new StopInstancesCommand({ InstanceIds }))
    clock.advance(3_600_000)
    expect(await look()).toEqual(['2026-01-01T00:00:00.000Z', 'User initiated (2026-01-01 01:00:00 GMT)'])
    await ec2.send(new StartInstancesCommand({ InstanceIds }))
    expect(await look()).toEqual(['2026-01-01T02:00:00.000Z', ''])
    driver.cut(id)
    expect(await look()).toEqual(['2026-01-01T02:00:00.000Z', 'The machine was found stopped'])
    cloud.showDatesBy(at => at + 86_400_000)
    expect(await look()).toEqual(['2026-01-02T02:00:00.000Z', 'The machine was found stopped'])
    cloud.showDatesBy(at => at + 3_600_000)
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }))
    expect(await look()).toEqual(['2026-01-01T03:00:00.000Z', 'User initiated (2026-01-01 03:00:00 GMT)'])
  })

  it('touch no instance if one of those named is not there', async () => {
    const { launch, ec2, stateOf } = freshLab()
    const [id = ''] = await launch()
    const both = new TerminateInstancesCommand({ InstanceIds: [id, 'i-0123456789abcdef0'] })
    await expect(ec2.send(both)).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' })
    expect(await stateOf(id)).toBe('running')
  })

  it('leave an instance that could not stop running, and one that could not start stopped', async () => {
    let broken: string | undefined
    const { launch, ec2, stateOf } = freshLab({
      fail: call => {
        if (call === broken) throw new Error('stuck')
      },
    })
    const [id = ''] = await launch()
    const InstanceIds = [id]
    broken = 'stop'
    await expect(ec2.send(new StopInstancesCommand({ InstanceIds }))).rejects.toMatchObject({ name: 'InternalError' })
    expect(await stateOf(id)).toBe('running')
    broken = undefined
    await ec2.send(new StopInstancesCommand({ InstanceIds }))
    broken = 'start'
    await expect(ec2.send(new StartInstancesCommand({ InstanceIds }))).rejects.toMatchObject({ name: 'InternalError' })
    expect(await stateOf(id)).toBe('stopped')
  })

  it('passes on an error of EC2 that a driver gives', async () => {
    const { launch } = freshLab({
      fail: call => {
        if (call === 'start') throw ec2Error('InsufficientInstanceCapacity', 'none left')
      },
    })
    await expect(launch()).rejects.toMatchObject({ name: 'InsufficientInstanceCapacity' })
  })
})
