import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { RequestRejected } from '../../functions/shared/errors.ts'
import {
  acceptRequest,
  NOT_FENCED,
  parseRequest,
  Request,
  type RequestInput,
  shorten,
} from '../../functions/shared/request.ts'

function problems(work: () => unknown) {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(RequestRejected)
    return (error as RequestRejected).problems
  }
  throw new Error('it was accepted')
}

test('{} is the reference configuration', () => {
  const lun = (name: string) => ({ name, sizeMiB: 3072 })

  expect(acceptRequest({})).toEqual({
    array: 'star0001',
    zone: 'ap-northeast-1d',
    controllers: { instanceType: 't3a.medium', names: ['star0001-ctl1', 'star0001-ctl2'] },
    disks: { count: 2, sizeGiB: 10, type: 'io2', iops: 100 },
    luns: ['LUN0', 'LUN1', 'LUN2', 'LUN3', 'LUN4', 'LUN5'].map(lun),
    hosts: [
      {
        name: 'instance-1',
        initiator: 'iqn.2023-09.com.example:host1-initiator',
        instanceType: 't3a.medium',
        luns: 'all',
        perfweb: false,
      },
    ],
    perfwebFrom: [],
    fencing: 'power',
    keepOnFailure: false,
  })
})

test('LUNs are named by their place, sizes are rounded up to extents, counts are spelled out', () => {
  const { luns } = acceptRequest({ luns: [{ size: '1G' }, { name: 'logs', size: '101M' }, { size: '4M', count: 2 }] })

  expect(luns).toEqual([
    { name: 'LUN0', sizeMiB: 1024 },
    { name: 'logs', sizeMiB: 104 },
    { name: 'LUN2', sizeMiB: 4 },
    { name: 'LUN3', sizeMiB: 4 },
  ])
})

describe('is refused, with the field and the rule:', () => {
  test.each<[string, unknown, string, RegExp]>([
    ['an unknown field', { colour: 'red' }, 'colour', /unknown field/],
    ['an unknown field deep inside', { hosts: [{ lun: 'all' }] }, 'hosts[0].lun', /unknown field/],
    ['no object', 7, '(request)', /must be object/],
    ['a name with shell characters', { array: 'a$(reboot)' }, 'array', /a-z, 0-9 and -/],
    ['a name that is too long', { array: 'a'.repeat(33) }, 'array', /2 to 32/],
    ['a name that ends in -', { array: 'star-' }, 'array', /no - at the end/],
    [
      'a controller without its number',
      { controllers: { names: ['left', 'right'] } },
      'controllers.names[0]',
      /node number, 1/,
    ],
    ['numbers the wrong way round', { controllers: { names: ['c2', 'c1'] } }, 'controllers.names[1]', /node number, 2/],
    [
      'controllers that differ before it',
      { controllers: { names: ['a1', 'b2'] } },
      'controllers.names',
      /same on both/,
    ],
    ['one controller', { controllers: { names: ['c1'] } }, 'controllers.names', /two host names/],
    [
      'a second zone for the disks',
      { disks: { zone: 'ap-northeast-1a' } },
      'disks.zone',
      /one zone, here ap-northeast-1d/,
    ],
    ['a second zone for a host', { hosts: [{}, { zone: 'ap-northeast-1c' }] }, 'hosts[1].zone', /one zone/],
    ['no zone at all', { zone: 'tokyo' }, 'zone', /availability zone/],
    ['LUNs larger than the pool', { luns: [{ size: '20G' }] }, 'luns', /2 x 10 GiB hold 20468 MiB/],
    ['a LUN of nothing', { luns: [{ size: '0M' }] }, 'luns[0].size', /must be a size/],
    ['no LUN', { luns: [] }, 'luns', /1 LUN or more/],
    [
      '257 LUNs',
      { disks: { size: '100G' }, luns: [{ size: '4M', count: 256 }, { size: '4M' }] },
      'luns',
      /at most 256/,
    ],
    ['a LUN name for a shell', { luns: [{ name: 'a b' }] }, 'luns[0].name', /letters and digits/],
    ['a LUN name that SCSI would cut', { luns: [{ name: 'archive2026' }] }, 'luns[0].name', /1 to 10/],
    ['the pool’s own volume', { luns: [{ name: 'HD140283' }] }, 'luns', /reserved/],
    ['two LUNs of one name', { luns: [{ name: 'LUN1' }, {}] }, 'luns', /same name/],
    ['one name for two LUNs', { luns: [{ name: 'logs', count: 2 }] }, 'luns[0].count', /only one LUN/],
    ['a LUN that is not there', { hosts: [{ luns: ['LUN0', 'LUN9'] }] }, 'hosts[0].luns[1]', /no such LUN/],
    ['a LUN seen twice', { hosts: [{ luns: ['LUN0', 'LUN0'] }] }, 'hosts[0].luns', /twice/],
    ['two hosts of one name', { hosts: [{ name: 'instance-2' }, {}] }, 'hosts[1].name', /another node/],
    ['a host named as a controller', { hosts: [{ name: 'star0001-ctl2' }] }, 'hosts[0].name', /another node/],
    [
      'two hosts with one initiator',
      { hosts: [{ initiator: 'iqn.2023-09.com.example:host2-initiator' }, {}] },
      'hosts[1].initiator',
      /hosts\[0\] has the same/,
    ],
    [
      'the controllers’ initiator',
      { hosts: [{ initiator: 'iqn.2023-09.test.use.only:star0001-initiator' }] },
      'hosts[0].initiator',
      /controllers' own/,
    ],
    ['an initiator that is none', { hosts: [{ initiator: 'host1' }] }, 'hosts[0].initiator', /iSCSI name/],
    ['17 hosts', { hosts: Array(17).fill({}) }, 'hosts', /1 to 16/],
    ['a disk that cannot be shared', { disks: { type: 'gp3' } }, 'disks.type', /io2 or io1/],
    ['more IOPS than io2 has', { disks: { iops: 10_001 } }, 'disks.iops', /100 to 10000/],
    ['fewer IOPS than io2 has', { disks: { iops: 99 } }, 'disks.iops', /100 to 10000/],
    ['more IOPS than io1 has', { disks: { type: 'io1', iops: 501 } }, 'disks.iops', /100 to 500/],
    ['a disk that is too small', { disks: { size: '3G', count: 8 } }, 'disks.size', /4 to 65536 GiB/],
    ['17 disks', { disks: { count: 17 } }, 'disks.count', /1 to 16/],
    ['a controller before Nitro', { controllers: { instanceType: 'm4.large' } }, 'controllers.instanceType', /Nitro/],
    ['another processor', { hosts: [{ instanceType: 't4g.medium' }] }, 'hosts[0].instanceType', /x86_64/],
    ['a subnet by its address', { subnet: '172.31.0.0/20' }, 'subnet', /subnet id/],
  ])('%s', (_, input, field, rule) => {
    expect(problems(() => acceptRequest(input))).toContainEqual(
      expect.objectContaining({ field, rule: expect.stringMatching(rule) }),
    )
  })

  test('text that is no JSON', () => {
    expect(problems(() => parseRequest('{"array": '))).toMatchObject([{ field: '(request)', rule: 'must be JSON' }])
  })

  test('everything that is wrong at once, each in a line of the message', () => {
    const found = problems(() => acceptRequest({ disks: { iops: 5, zone: 'ap-northeast-1a' }, luns: [{ size: '1T' }] }))

    expect(found.map(({ field }) => field).sort()).toEqual(['disks.iops', 'disks.zone', 'luns'])
    expect(new RequestRejected(found).message.split('\n')).toHaveLength(3)
  })

  test('what would not fit in its record', () => {
    const luns = Array.from({ length: 256 }, (_, i) => ({ name: `ABCDEFG${i}`, size: '4M' }))

    expect(problems(() => acceptRequest({ luns }))).toMatchObject([{ field: '(request)' }])
  })
})

test('the largest pool that fits is accepted', () => {
  expect(acceptRequest({ luns: [{ size: '20468M' }] }).luns).toEqual([{ name: 'LUN0', sizeMiB: 20_468 }])
})

describe('what is recorded', () => {
  test.each<[string, RequestInput]>([
    ['the reference configuration', {}],
    ['256 LUNs and 16 hosts', { disks: { size: '1T' }, luns: [{ count: 256 }], hosts: Array(16).fill({}) }],
    [
      'LUNs of all kinds',
      { luns: [{ size: '1G', count: 2 }, { name: 'logs' }, { size: '1G' }, { size: '1G' }, { size: '2G' }] },
    ],
    ['no fencing', { fencing: NOT_FENCED }],
    ['a place of its own', { subnet: 'subnet-0123456789abcdef0', keepOnFailure: true }],
  ])('is the shortest input that means the same: %s', (_, input) => {
    const request = acceptRequest(input)

    const short = shorten(request)

    expect(acceptRequest(JSON.parse(JSON.stringify(short)))).toEqual(request)
    expect(JSON.stringify(short).length).toBeLessThan(4_096)
  })
})

test('is not fenced only where it says so in so many words', () => {
  expect(acceptRequest({}).fencing).toBe('power')
  expect(acceptRequest({ fencing: 'none, data may be destroyed' }).fencing).toBe(NOT_FENCED)
  expect(acceptRequest({ fencing: 'disk' }).fencing).toBe('disk')
  for (const fencing of ['none', 'sbd', '', null]) {
    expect(() => acceptRequest({ fencing })).toThrow(
      /^fencing: must be power, disk, or in so many words: none, data may be/,
    )
  }
})

test('the schema can be told to other programs', () => {
  const schema = z.toJSONSchema(Request, { io: 'input' })

  expect(schema).toMatchObject({ type: 'object', additionalProperties: false })
  expect(schema.required).toBeUndefined()
})
