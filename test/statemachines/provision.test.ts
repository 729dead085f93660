import { DescribeInstancesCommand, DescribeSecurityGroupsCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import type { Inspection } from '../../functions/shared/inspection.ts'
import type { RequestInput } from '../../functions/shared/request.ts'
import { type Lab, openLab } from './lab.ts'

const up = async (lab: Lab, request: RequestInput = {}) => {
  const result = await lab.run('provision-array', request)
  expect(result).toMatchObject({ status: 'SUCCEEDED' })
  return result.output as { array: string; changed: boolean; inspection: Inspection }
}
const tagsOf = (tags: { Key?: string; Value?: string }[] = []) =>
  Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))

describe('{}', () => {
  test('builds the reference array and proves it', async () => {
    const lab = openLab()

    const { array, changed, inspection } = await up(lab)

    expect({ array, changed }).toEqual({ array: 'star0001', changed: true })
    expect(inspection).toMatchObject({ state: 'ready', healthy: true, problems: [] })
    expect(inspection.nodes.map(({ name, role, state }) => ({ name, role, state }))).toEqual([
      { name: 'star0001-ctl1', role: 'controller', state: 'running' },
      { name: 'star0001-ctl2', role: 'controller', state: 'running' },
      { name: 'instance-1', role: 'host', state: 'running' },
    ])
  })

  test('runs the documents in the order that the array needs', async () => {
    const lab = openLab()
    await up(lab)
    const { names } = lab.nodes
    const last = (document: string) => names().findLastIndex(name => `${name} `.startsWith(`${document} `))
    const first = (document: string) => names().findIndex(name => `${name} `.startsWith(`${document} `))

    for (const [before, after] of [
      ['prepare-controller', 'trust-partner'],
      ['trust-partner', 'create-pool'],
      ['trust-partner', 'form-cluster'],
      ['create-pool', 'configure-target'],
      ['configure-target', 'start-cluster star0001-ctl1'],
      ['form-cluster', 'start-cluster'],
      ['start-cluster', 'attach-host'],
      ['prepare-host', 'attach-host'],
      ['attach-host', 'prove-luns'],
      ['prove-luns', 'settle-luns'],
    ] as const) {
      expect(last(before), `${before} before ${after}`).toBeLessThan(first(after))
    }
  })

  test('each controller is told the other one’s keys, and nothing secret is a parameter', async () => {
    const lab = openLab()
    await up(lab)

    const trust = lab.nodes.ran.filter(({ document }) => document === 'trust-partner')

    expect(
      trust.map(({ node, parameters }) => [node, parameters.partnerName, parameters.partnerKey?.at(-1)]).sort(),
    ).toEqual([
      ['star0001-ctl1', 'star0001-ctl2', 'B'],
      ['star0001-ctl2', 'star0001-ctl1', 'A'],
    ])
    expect(JSON.stringify(lab.nodes.ran)).not.toMatch(/PRIVATE KEY|password/i)
  })

  test('makes what EC2 is asked for: encrypted, IMDSv2, narrow, tagged in the call that makes it', async () => {
    const calls: Record<string, Record<string, unknown>[]> = {}
    const note = (name: string) => (input: Record<string, unknown>) => {
      calls[name] = [...(calls[name] ?? []), input]
      return undefined
    }
    const names = ['RunInstances', 'CreateVolume', 'AuthorizeSecurityGroupIngress', 'CreateSecurityGroup']
    const lab = openLab({ faults: Object.fromEntries(names.map(name => [name, note(name)])) })
    await up(lab)
    const { SecurityGroups = [] } = await lab.cloud.ec2.send(new DescribeSecurityGroupsCommand({}))
    const idOf = (role: string) => SecurityGroups.find(({ Tags }) => tagsOf(Tags)['star:role'] === role)?.GroupId

    expect(calls.RunInstances?.[0]).toMatchObject({
      InstanceType: 't3a.medium',
      EbsOptimized: true,
      MetadataOptions: { HttpTokens: 'required' },
      PrivateDnsNameOptions: { HostnameType: 'resource-name' },
      BlockDeviceMappings: [{ Ebs: { Encrypted: true, DeleteOnTermination: true } }],
      SecurityGroupIds: [idOf('controllers-group')],
    })
    expect(Buffer.from(String(calls.RunInstances?.[0]?.UserData), 'base64').toString()).toMatch(
      /^#!\/bin\/sh\n.*amazon-ssm-agent/s,
    )
    expect(calls.CreateVolume?.[0]).toMatchObject({
      VolumeType: 'io2',
      Size: 10,
      Iops: 100,
      MultiAttachEnabled: true,
      Encrypted: true,
    })
    const tokens = [...(calls.RunInstances ?? []), ...(calls.CreateVolume ?? [])].map(({ ClientToken }) => ClientToken)
    expect(new Set(tokens).size).toBe(5)
    for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{64}$/)
    const rules = (calls.AuthorizeSecurityGroupIngress ?? []).map(({ GroupId, IpPermissions }) => [
      GroupId,
      ...(
        IpPermissions as {
          IpProtocol: string
          FromPort: number
          ToPort: number
          UserIdGroupPairs: { GroupId: string }[]
        }[]
      ).map(
        ({ IpProtocol, FromPort, ToPort, UserIdGroupPairs }) =>
          `${FromPort}-${ToPort}/${IpProtocol} ${UserIdGroupPairs.map(pair => pair.GroupId)}`,
      ),
    ])
    const [controllers, hosts] = [idOf('controllers-group'), idOf('hosts-group')]
    expect(rules).toEqual([
      [
        controllers,
        ...[`3260-3260/tcp ${hosts}`, `3260-3260/tcp ${controllers}`],
        ...[`22-22/tcp ${controllers}`, `5405-5405/udp ${controllers}`],
      ],
    ])
  })
})

test('a request with other numbers builds just that, beside the first array, and goes without touching it', async () => {
  const lab = openLab()
  await up(lab)
  const request: RequestInput = {
    array: 'lab-7',
    disks: { count: 3, size: '20G', iops: 500 },
    luns: [{ size: '1G', count: 15 }, { name: 'logs', size: '5000M' }, { size: '2G' }],
    hosts: [{ luns: ['LUN0', 'logs'] }, { name: 'db', initiator: 'iqn.2026-01.org.example:db' }],
  }

  const { inspection } = await up(lab, request)
  const { Volumes = [] } = await lab.cloud.ec2.send(
    new DescribeVolumesCommand({
      Filters: [
        { Name: 'tag:star:array', Values: ['lab-7'] },
        { Name: 'tag:star:role', Values: ['disk'] },
      ],
    }),
  )

  expect(Volumes.map(({ Size, Iops, Attachments }) => [Size, Iops, Attachments?.length])).toEqual(
    Array(3).fill([20, 500, 2]),
  )
  const reports = inspection.nodes.map(({ name, report }) => [name, (report as { luns: unknown[] }).luns.length])
  expect(reports).toEqual([
    ['lab-7-ctl1', 17],
    ['lab-7-ctl2', 0],
    ['instance-1', 2],
    ['db', 17],
  ])
  const target = lab.nodes.ran.findLast(({ document }) => document === 'configure-target')
  expect(target?.parameters.hosts).toMatch(
    /^instance-1=iqn.2023-09.com.example:host1-initiator=LUN0\+logs;db=iqn.2026-01.org.example:db=LUN0\+/,
  )

  const down = await lab.run('teardown-array', { array: 'lab-7' })

  expect(down).toMatchObject({ status: 'SUCCEEDED', output: { array: 'lab-7', changed: true } })
  expect(lab.machines.machines.size).toBe(3)
  expect(await lab.run('inspect-array', { array: 'star0001' })).toMatchObject({
    output: { healthy: true, state: 'ready' },
  })
  expect(await lab.run('inspect-array', { array: 'lab-7' })).toMatchObject({ error: 'NoSuchArray' })
})

test('each LUN is proven once, by the first host that sees it, and never again', async () => {
  const lab = openLab()
  const hosts = [{ luns: ['LUN0'] }, { luns: ['LUN0', 'LUN1'] }]
  const request: RequestInput = { luns: [{ count: 3 }], hosts, keepOnFailure: true }
  await up(lab, request)
  const proofs = () => lab.nodes.ran.filter(({ document }) => document === 'prove-luns')
  expect(proofs().map(({ node, parameters }) => [node, parameters.wwids?.split(',').length])).toEqual([
    ['instance-1', 1],
    ['instance-2', 1],
  ])
  expect(lab.nodes.ran.find(({ document }) => document === 'settle-luns')?.parameters).toEqual({ luns: 'LUN0,LUN1' })
  lab.machines.cut([...lab.machines.machines.keys()][0] ?? '')

  await up(lab, request)

  expect(proofs()).toHaveLength(2)
})

describe('interrupted', () => {
  const full = async () => {
    const lab = openLab()
    await up(lab)
    return lab.events.filter(({ kind }) => kind === 'state-entered').length
  }

  test('at any of its steps, it is completed by the next run, with nothing made twice', async () => {
    const steps = await full()
    for (let step = 3; step < steps; step += Math.ceil(steps / 8)) {
      const lab = openLab()
      const abort = new AbortController()
      let entered = 0
      const interrupted = lab.run(
        'provision-array',
        {},
        {
          signal: abort.signal,
          onEvent: ({ kind }) => {
            if (kind === 'state-entered' && ++entered === step) abort.abort()
          },
        },
      )
      expect(await interrupted).toMatchObject({ status: 'ABORTED' })

      await up(lab)

      const { Reservations = [] } = await lab.cloud.ec2.send(new DescribeInstancesCommand({}))
      const { Volumes = [] } = await lab.cloud.ec2.send(
        new DescribeVolumesCommand({ Filters: [{ Name: 'tag:star:role', Values: ['disk'] }] }),
      )
      expect([step, Reservations.length, Volumes.length]).toEqual([step, 3, 2])
      expect(await lab.run('teardown-array', { array: 'star0001' })).toMatchObject({ status: 'SUCCEEDED' })
      expect(lab.cloud.isEmpty()).toBe(true)
    }
  }, 60_000)
})
