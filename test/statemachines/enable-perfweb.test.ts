import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import { readRecord } from '../../functions/shared/record.ts'
import type { RequestInput } from '../../functions/shared/request.ts'
import type { ProgressEvent } from '../../infra/local/engine.ts'
import { untried } from './coverage.ts'
import { failing, type LabOptions, openLab } from './lab.ts'

const array = 'star0001'
const hosts = [{}, { name: 'db' }]
const seen: ProgressEvent[] = []

async function built(request: RequestInput = { hosts }, options: LabOptions = {}) {
  const lab = openLab(options)
  expect(await lab.run('provision-array', request)).toMatchObject({ status: 'SUCCEEDED' })
  lab.events.splice(0)
  const enable = async (input: object = {}) => {
    const result = await lab.run('enable-perfweb', { array, ...input })
    seen.push(...lab.events.splice(0))
    return result
  }
  const served = () => lab.nodes.names().filter(name => name.startsWith('serve-perfweb'))
  const parameters = () => lab.cloud.store.list<{ name: string }>('parameter').map(({ name }) => name)
  const recorded = async () => (await readRecord(array))?.request.hosts.map(({ name, perfweb }) => [name, perfweb])
  return { ...lab, enable, served, parameters, recorded }
}

test('is off unless it is asked for, by host', async () => {
  const off = await built()
  expect(off.served()).toEqual([])

  const on = await built({ hosts: [{}, { name: 'db', perfweb: true }] })
  expect(on.served()).toEqual(['serve-perfweb db'])
  expect(on.nodes.names().at(-1)).toMatch(/^inspect-/)
  expect(on.nodes.names().indexOf('serve-perfweb db')).toBeGreaterThan(
    on.nodes.names().findLastIndex(name => name.startsWith('attach-host')),
  )
})

test('is switched on for the host that was named, or the first; recorded, told, and once', async () => {
  const { enable, served, recorded, parameters } = await built()

  expect(await enable({ host: 'db' })).toMatchObject({
    status: 'SUCCEEDED',
    output: { array, changed: true, host: 'db' },
  })
  expect(await recorded()).toEqual([
    ['instance-1', false],
    ['db', true],
  ])
  expect((await enable()).output).toEqual({ array, changed: true, host: 'instance-1' })
  expect((await enable({ host: 'db' })).output).toEqual({ array, changed: false, host: 'db' })
  expect(served()).toEqual(['serve-perfweb db', 'serve-perfweb instance-1', 'serve-perfweb db'])
  expect(parameters()).toEqual(['/star/star0001'])
})

test('a host that serves it does so again after star up has completed the array', async () => {
  const { enable, run, served, machines } = await built()
  await enable()
  machines.cut([...machines.machines.keys()][0] ?? '')
  const { request } = (await readRecord(array)) ?? {}

  expect(await run('provision-array', { hosts: [{ perfweb: true }, { name: 'db' }] })).toMatchObject({
    status: 'SUCCEEDED',
  })
  expect(request?.hosts[0]?.perfweb).toBe(true)
  expect(served()).toEqual(['serve-perfweb instance-1', 'serve-perfweb instance-1'])
})

test.each([
  [
    'a host that is none',
    { host: 'web' },
    'RequestRejected',
    'host: must be a host of star0001: instance-1, db (got web)',
  ],
  ['a controller', { host: 'star0001-ctl1' }, 'RequestRejected', 'must be a host of star0001'],
  ['another array', { array: 'other' }, 'NoSuchArray', 'other'],
  ['a field that nobody knows', { port: 80 }, 'RequestRejected', 'port: unknown field'],
])('%s is refused, and nothing is changed', async (_, input, error, cause) => {
  const { enable, served, recorded, parameters } = await built()

  expect(await enable(input)).toMatchObject({ status: 'FAILED', error, cause: expect.stringContaining(cause) })
  expect(served()).toEqual([])
  expect((await recorded())?.map(([, perfweb]) => perfweb)).toEqual([false, false])
  expect(parameters()).toEqual(['/star/star0001'])
})

test('a host that is stopped, is gone, or was never completed is named, with what to do', async () => {
  const { enable, cloud, machines } = await built()
  const instances = cloud.store.list<{ id: string; tags: Record<string, string> }>('instance')
  const host = instances.find(({ tags }) => tags['star:node'] === 'db')?.id ?? ''
  machines.cut(host)
  expect(await enable({ host: 'db' })).toMatchObject({
    ...{ error: 'NotReady', cause: expect.stringMatching(/^db is stopped: star start/) },
  })
  cloud.store.remove('instance', host)
  expect(await enable({ host: 'db' })).toMatchObject({
    error: 'CloudRefused',
    cause: expect.stringMatching(/^db is gone/),
  })

  const half = openLab({ replies: { 'form-cluster': () => ({ exitCode: 1 }) } })
  await half.run('provision-array', { keepOnFailure: true })
  const refused = await half.run('enable-perfweb', { array })
  expect(refused).toMatchObject({ error: 'NotReady', cause: expect.stringContaining('never completed') })
})

test('a document that fails, a record and an end that cannot be written: run again it is completed', async () => {
  let broken = 'serve-perfweb'
  const { enable, recorded, parameters } = await built(
    { hosts },
    {
      replies: {
        'serve-perfweb': () => (broken === 'serve-perfweb' ? { exitCode: 1, stderr: 'no httpd' } : undefined),
      },
      faults: {
        PutParameter: ({ Name }) =>
          broken === 'record' && Name === '/star/star0001' ? failing('TooManyUpdates')() : undefined,
        PutEvents: () => (broken === 'event' ? failing('Throttled')() : undefined),
      },
    },
  )
  expect(await enable()).toMatchObject({ error: 'DocumentFailed', cause: expect.stringContaining('no httpd') })
  broken = 'record'
  expect(await enable()).toMatchObject({ error: 'CloudThrottled', cause: expect.stringContaining('TooManyUpdates') })
  broken = 'event'
  expect(await enable()).toMatchObject({ error: 'Throttled' })
  broken = ''
  expect(await enable()).toMatchObject({ status: 'SUCCEEDED' })
  expect((await recorded())?.[0]).toEqual(['instance-1', true])
  expect(parameters()).toEqual(['/star/star0001'])
})

test('an array that is being changed is busy, a contended lock is tried again, a crash at the end hides no cause', async () => {
  let contended = 0
  let crash = false
  const { enable, run, clock } = await built(
    { hosts },
    {
      faults: { PutParameter: () => (contended-- > 0 ? failing('TooManyUpdates')() : undefined) },
      crashes: { 'end-operation': () => (crash ? failing('Lambda.Unknown')() : undefined) },
    },
  )
  const look = run('teardown-array', { array })
  await clock.sleep(1_000)
  expect(await enable()).toMatchObject({ error: 'ArrayBusy' })
  await look
  await run('provision-array', { hosts })
  contended = 1
  expect(await enable()).toMatchObject({ status: 'SUCCEEDED' })
  crash = true
  expect(await enable({ port: 80 })).toMatchObject({ status: 'FAILED', error: 'RequestRejected' })
})

test('port 80 of hosts is open to the networks of the request, on no other port, group or build', async () => {
  const rulesOf = async (request: RequestInput) => {
    const lab = await built(request)
    const { SecurityGroups = [] } = await lab.cloud.ec2.send(new DescribeSecurityGroupsCommand({}))
    return SecurityGroups.flatMap(({ GroupName, IpPermissions = [] }) =>
      IpPermissions.flatMap(({ FromPort, ToPort, IpProtocol, IpRanges = [] }) =>
        IpRanges.map(({ CidrIp }) => `${GroupName} ${FromPort}-${ToPort}/${IpProtocol} ${CidrIp}`),
      ),
    )
  }
  expect(await rulesOf({ hosts: [{ perfweb: true }] })).toEqual([])
  expect(await rulesOf({ perfwebFrom: ['203.0.113.0/24', '198.51.100.7/32'] })).toEqual([
    'star-star0001-hosts 80-80/tcp 203.0.113.0/24',
    'star-star0001-hosts 80-80/tcp 198.51.100.7/32',
  ])
})

test('no state, no catch and no retry was left out', () => {
  expect(untried(seen, 'enable-perfweb.test.ts')).toEqual({ states: [], catches: [], retries: [] })
})
