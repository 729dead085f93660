import { describe, expect, test } from 'vitest'
import { additionOf, completed } from '../../functions/shared/addition.ts'
import { acceptInput } from '../../functions/shared/operations.ts'
import type { ArrayRecord } from '../../functions/shared/record.ts'
import { acceptRequest, type RequestInput } from '../../functions/shared/request.ts'

const recorded = (request: RequestInput = {}): ArrayRecord => ({ request: acceptRequest(request), state: 'ready' })
const accepted = (input: object) => acceptInput('add-luns', { array: 'star0001', ...input })
const add = (record: ArrayRecord, input: object) => additionOf(record, accepted(input))
const done = (record: ArrayRecord, input: object): ArrayRecord => {
  const after = add(record, input).record
  return { ...after, ...completed(after, accepted(input)) }
}
const refusal = (record: ArrayRecord, input: object): string[] => {
  try {
    add(record, input)
  } catch (error) {
    return (error as Error).message.split('\n')
  }
  return []
}
const one = [{ size: '100M' }]

describe('refused, each with its field and its rule', () => {
  test.each<[string, object, string[]]>([
    ['no LUN', { luns: [] }, ['luns: must list 1 LUN or more']],
    ['a bad size', { luns: [{ size: '1 GB' }] }, ['luns[0].size: must be a size such as 3072M, 3G or 1T (got 1 GB)']],
    ['a bad name', { luns: [{ name: '7up' }] }, [expect.stringMatching(/^luns\[0\]\.name: must be 1 to 10 letters/)]],
    ['an unknown field', { luns: one, force: true }, ['force: unknown field']],
    [
      'a name for many',
      { luns: [{ name: 'a', count: 2 }] },
      ['luns[0].count: only one LUN can have a name that is said (got a)'],
    ],
    ['a name twice', { luns: [{ name: 'a' }, { name: 'a' }] }, ['luns[1].name: two LUNs have the same name (got a)']],
    ['a reserved name', { luns: [{ name: 'HD140283', size: '4M' }] }, ['luns: this name is reserved (got HD140283)']],
    [
      'another size for a LUN that is there',
      { luns: [{ name: 'LUN0', size: '1G' }] },
      ['luns[0].size: LUN0 is there with 3072 MiB, and its size is not changed here (got 1024 MiB)'],
    ],
    [
      'hosts that are none',
      { luns: one, hosts: ['instance-1', 'db', 'x'] },
      [
        'hosts[1]: must be a host of the array: instance-1 (got db)',
        'hosts[2]: must be a host of the array: instance-1 (got x)',
      ],
    ],
    ['too many', { luns: [{ size: '4M', count: 251 }] }, ['luns: at most 256 LUNs (got 257)']],
    ['too much', { luns: [{ size: '3G' }] }, ['luns: must fit in the pool, which has 2036 MiB left (got 3072 MiB)']],
  ])('%s', (_, input, problems) => {
    expect(refusal(recorded(), input)).toEqual(problems)
  })

  test('LUNs that nobody would see', () => {
    const record = recorded({ hosts: [{ luns: ['LUN0'] }] })

    expect(refusal(record, { luns: one })).toEqual([
      'hosts: must say who may see them: no host of this array sees all LUNs',
    ])
    expect(refusal(record, { luns: [{ name: 'LUN0' }] })).toEqual([])
  })

  test('a LUN that is there, for a host that does not see it', () => {
    const record = recorded({ hosts: [{ luns: ['LUN0'] }, { luns: ['LUN1'] }] })

    expect(refusal(record, { luns: [{ name: 'LUN0' }], hosts: ['instance-1', 'instance-2'] })).toEqual([
      'hosts[1]: LUN0 is there already, and this host does not see it (got instance-2)',
    ])
  })

  test('what would not fit in the record', () => {
    const hosts = ['instance-1', 'instance-2', 'instance-3', 'instance-4', 'instance-5']
    const record = recorded({ disks: { size: '100G' }, hosts: hosts.map(() => ({ luns: ['LUN0'] })) })

    expect(refusal(record, { luns: [{ size: '4M', count: 200 }], hosts })).toEqual([
      expect.stringMatching(/^\(request\): must fit in its record, at most 7,500 characters when shortened/),
    ])
  })
})

describe('names', () => {
  test('go on where the array stands, past those that are taken', () => {
    const record = recorded({ luns: [{}, { name: 'LUN3' }, {}] })
    const { luns } = add(record, { luns: [{ size: '100M', count: 2 }, { name: 'LUN5', size: '100M' }, { size: '5M' }] })

    expect(luns).toEqual(['LUN4', 'LUN6', 'LUN5', 'LUN7'])
  })

  test('that are there with their sizes leave only the others to be added', () => {
    const { luns, record } = add(recorded(), { luns: [{ name: 'LUN0' }, { name: 'b', size: '101M' }] })

    expect(luns).toEqual(['LUN0', 'b'])
    expect(record.request.luns.slice(6)).toEqual([{ name: 'b', sizeMiB: 104 }])
  })
})

describe('keys', () => {
  test('are remembered for the last eight additions, as hashes', () => {
    let record = recorded()
    for (let i = 0; i < 10; i++) record = done(record, { luns: [{ size: '4M' }], key: `k${i}` })

    expect(record.keys).toHaveLength(8)
    for (const key of record.keys ?? []) expect(key).toMatch(/^[0-9a-f]{16}$/)
    expect(add(record, { luns: one, key: 'k2' })).toMatchObject({ todo: false })
    expect(add(record, { luns: one, key: 'k1' })).toMatchObject({ todo: true })
  })

  test('of an addition that another request overtook stay known', () => {
    const overtaken = add(recorded(), { luns: one, key: 'first' }).record
    const after = done(overtaken, { luns: one, key: 'second' })

    expect(after.request.luns).toHaveLength(7)
    expect(add(after, { luns: one, key: 'first' })).toMatchObject({ todo: false })
  })
})

describe('an addition that has not ended', () => {
  const left = add(recorded(), { luns: [{ size: '512M', count: 2 }] }).record

  test.each<[string, object]>([
    ['the same request', { luns: [{ size: '512M', count: 2 }] }],
    ['the same in other words', { luns: [{ size: '510M' }, { size: '512M' }] }],
    ['the same with a key', { luns: [{ size: '512M', count: 2 }], key: 'k' }],
  ])('is taken up by %s', (_, input) => {
    const again = add(left, input)

    expect(again).toMatchObject({ todo: true, luns: ['LUN6', 'LUN7'] })
    expect(again.record.request).toEqual(left.request)
    expect(done(left, input).adding).toBeUndefined()
  })

  test('is work that is left for whatever is asked', () => {
    expect(add(left, { luns: [{ name: 'LUN0' }] })).toMatchObject({ todo: true, luns: ['LUN0'] })
    expect(done(left, { luns: [{ name: 'LUN0' }] }).adding).toEqual(left.adding)
  })

  test('comes before what another request adds', () => {
    const other = add(left, { luns: [{ size: '1000M' }] })

    expect(other.luns).toEqual(['LUN8'])
    expect(other.record).toMatchObject({ built: 6, adding: { after: 8 } })
  })
})
