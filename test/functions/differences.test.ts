import { describe, expect, test } from 'vitest'
import { additionOf } from '../../functions/shared/addition.ts'
import { differencesOf } from '../../functions/shared/differences.ts'
import { acceptInput } from '../../functions/shared/operations.ts'
import type { ArrayRecord } from '../../functions/shared/record.ts'
import { acceptRequest, type RequestInput } from '../../functions/shared/request.ts'

const recorded = (request: RequestInput = {}): ArrayRecord => ({ request: acceptRequest(request), state: 'ready' })
const added = (record: ArrayRecord, input: object) =>
  additionOf(record, acceptInput('add-luns', { array: 'star0001', ...input })).record
const differences = (record: ArrayRecord, asked: RequestInput) => differencesOf(record, acceptRequest(asked))
const two = { luns: [{ count: 2 }], hosts: [{}, {}] }

describe('after an addition of LUNs', () => {
  const record = added(added(recorded(two), { luns: [{ size: '1G' }] }), {
    luns: [{ size: '2G' }],
    hosts: ['instance-1'],
  })

  test.each<[string, RequestInput]>([
    ['as it was built', two],
    ['with some of what was added', { ...two, luns: [{ count: 2 }, { size: '1G' }] }],
    [
      'with all of it',
      { ...two, luns: [{ count: 2 }, { size: '1G' }, { size: '2G' }], hosts: [{}, { luns: ['LUN0', 'LUN1', 'LUN2'] }] },
    ],
  ])('the array may be asked for %s', (_, asked) => {
    expect(differences(record, asked)).toEqual([])
  })

  test.each<[string, RequestInput, string]>([
    ['fewer LUNs than it was built with', { ...two, luns: [{}] }, 'luns[0].count: is 2, asked for 1'],
    [
      'other LUNs than were added',
      { ...two, luns: [{ count: 2 }, { size: '5G' }] },
      'luns[1].size: is 1024M, asked for 5120M',
    ],
    ['a host that sees less', { ...two, hosts: [{ luns: ['LUN0'] }, {}] }, 'hosts[0].luns: is all, asked for nothing'],
  ])('but not with %s', (_, asked, difference) => {
    expect(differences(record, asked)).toContain(difference)
  })
})

test('without an addition each LUN counts', () => {
  expect(differences(recorded(), { luns: [{ count: 5 }] })).toEqual(['luns[0].count: is 6, asked for 5'])
})

describe('a schedule and perfweb', () => {
  const schedule = { start: '0 9 * * *', timezone: 'Asia/Tokyo' }
  const record = recorded({ schedule, hosts: [{ perfweb: true }], perfwebFrom: ['203.0.113.0/24'] })

  test('stay as they are where the request says nothing of them', () => {
    expect(differences(record, {})).toEqual([])
  })

  test('are a difference where it says something else', () => {
    expect(differences(record, { schedule: { ...schedule, start: '0 8 * * *' } })).toEqual([
      'schedule.start: is 0 9 * * *, asked for 0 8 * * *',
    ])
    expect(differences(recorded(), { schedule, hosts: [{ perfweb: true }] })).toContain(
      'hosts[0].perfweb: is not there, asked for true',
    )
  })
})
