/** Which zone a request means that names none, in Tokyo and elsewhere. */
import { DescribeInstanceTypeOfferingsCommand } from '@aws-sdk/client-ec2'
import type { Context } from 'aws-lambda'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { handler as checkRequest } from '../../functions/check-request.ts'
import { useClients } from '../../functions/shared/clients.ts'
import { writeRecord } from '../../functions/shared/record.ts'
import { acceptRequest, type RequestInput } from '../../functions/shared/request.ts'
import { type Fault, openLab } from '../statemachines/lab.ts'

interface World {
  region?: string
  /** Zones with a default subnet, and what they offer. */
  zones?: Record<string, string[]>
}

function stage({ region = 'ap-northeast-1', zones }: World = {}) {
  vi.stubEnv('AWS_REGION', region)
  const byZone = Object.entries(zones ?? {})
  const faults: Record<string, Fault> = {
    DescribeSubnets: ({ SubnetIds }) => {
      if (SubnetIds) return { Subnets: [{ SubnetId: String(SubnetIds), AvailabilityZone: `${region}b` }] }
      return { Subnets: byZone.map(([AvailabilityZone]) => ({ AvailabilityZone })) }
    },
    DescribeInstanceTypeOfferings: ({ NextToken }) => {
      const all = byZone.flatMap(([Location, types]) => types.map(InstanceType => ({ Location, InstanceType })))
      return NextToken
        ? { InstanceTypeOfferings: all.slice(1) }
        : { InstanceTypeOfferings: all.slice(0, 1), NextToken: 'x' }
    },
  }
  const lab = openLab(zones ? { faults } : {})
  useClients(lab.cloud)
  return {
    ...lab,
    zoneOf: async (request: RequestInput) => (await checkRequest({ request }, {} as Context)).zone,
  }
}

afterEach(() => void vi.unstubAllEnvs())

const rejects = (field: string, rule: RegExp) => ({
  name: 'RequestRejected',
  problems: [expect.objectContaining({ field, rule: expect.stringMatching(rule) })],
})

describe('unless it is said', () => {
  test('the reference’s zone is meant in Tokyo', async () => {
    expect(await stage().zoneOf({})).toBe('ap-northeast-1d')
  })

  test('another one where this has no default subnet, or does not offer the machines', async () => {
    const [all, none] = [['t3a.medium'], []]
    expect(await stage({ zones: { 'ap-northeast-1c': all, 'ap-northeast-1a': all } }).zoneOf({})).toBe(
      'ap-northeast-1a',
    )
    expect(await stage({ zones: { 'ap-northeast-1d': none, 'ap-northeast-1c': all } }).zoneOf({})).toBe(
      'ap-northeast-1c',
    )
  })

  test('elsewhere the first zone counts that offers the machines of all nodes', async () => {
    const zones = { 'eu-west-1a': ['t3a.medium'], 'eu-west-1c': ['t3a.medium', 'm5.large'], 'eu-west-1b': ['m5.large'] }
    const { zoneOf } = stage({ region: 'eu-west-1', zones })

    expect(await zoneOf({})).toBe('eu-west-1a')
    expect(await zoneOf({ hosts: [{ instanceType: 'm5.large' }] })).toBe('eu-west-1c')
    await expect(zoneOf({ hosts: [{ instanceType: 'm7i.large' }] })).rejects.toMatchObject(
      rejects('zone', /^must be said: no zone of eu-west-1 has a default subnet and offers t3a.medium, m7i.large$/),
    )
  })

  test('the subnet says it', async () => {
    const { zoneOf } = stage({ region: 'eu-west-1', zones: { 'eu-west-1a': ['t3a.medium'] } })

    expect(await zoneOf({ subnet: 'subnet-0123456789abcdef0' })).toBe('eu-west-1b')
    await expect(stage().zoneOf({ subnet: 'subnet-0123456789abcdef0' })).rejects.toMatchObject(
      rejects('subnet', /no such subnet/),
    )
  })

  test('an array that is there keeps its own, whatever the account offers by now', async () => {
    const { zoneOf } = stage({ region: 'eu-west-1', zones: { 'eu-west-1a': ['t3a.medium'] } })
    await writeRecord({ request: acceptRequest({ zone: 'eu-west-1c' }), state: 'ready' })

    expect(await zoneOf({})).toBe('eu-west-1c')
    expect(await zoneOf({ array: 'other' })).toBe('eu-west-1a')
  })
})

test('one that is said must be of this region', async () => {
  const { zoneOf } = stage({ region: 'eu-west-1', zones: {} })

  expect(await zoneOf({ zone: 'eu-west-1c' })).toBe('eu-west-1c')
  await expect(zoneOf({ zone: 'ap-northeast-1d' })).rejects.toMatchObject(
    rejects('zone', /must be a zone of eu-west-1/),
  )
})

test('the local cloud offers what it knows in all of its zones, or in its region', async () => {
  const { cloud } = stage()
  const places = async (input: object) => {
    const Filters = [{ Name: 'instance-type', Values: ['t3a.medium'] }]
    const found = await cloud.ec2.send(new DescribeInstanceTypeOfferingsCommand({ Filters, ...input }))
    return found.InstanceTypeOfferings?.map(({ Location }) => Location)
  }
  expect(await places({})).toEqual(['ap-northeast-1'])
  expect(await places({ LocationType: 'availability-zone' })).toEqual(
    ['a', 'c', 'd'].map(zone => `ap-northeast-1${zone}`),
  )
  await expect(places({ LocationType: 'outpost' })).rejects.toMatchObject({ name: 'UnsupportedOperation' })
})
