import { readFileSync } from 'node:fs'
import { PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { describe, expect, test } from 'vitest'
import { checkPattern, loadRules, matches } from '../../infra/local/event-rules.ts'
import { eventsFile } from '../../infra/local/eventbridge.ts'
import { openLab } from '../statemachines/lab.ts'

const put = (lab: ReturnType<typeof openLab>, ...Entries: PutEventsRequestEntry[]) =>
  lab.cloud.events.send(new PutEventsCommand({ Entries }))
const written = (home: string) =>
  readFileSync(eventsFile(home), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
const entry = { Source: 'a', DetailType: 'b', Detail: '{"c":1}' }

describe('PutEvents', () => {
  test('writes an event down as its targets get it', async () => {
    const lab = openLab()
    const { Entries = [], FailedEntryCount } = await put(lab, { ...entry, Time: new Date(0), Resources: ['r'] })

    expect(FailedEntryCount).toBe(0)
    expect(written(lab.home)).toEqual([
      {
        version: '0',
        id: Entries[0]?.EventId,
        'detail-type': 'b',
        source: 'a',
        account: '000000000000',
        time: '1970-01-01T00:00:00Z',
        region: 'ap-northeast-1',
        resources: ['r'],
        detail: { c: 1 },
      },
    ])
  })

  test.each<[string, PutEventsRequestEntry, string]>([
    ['no source', { ...entry, Source: '' }, 'InvalidArgument'],
    ['no detail type', { ...entry, DetailType: undefined }, 'InvalidArgument'],
    ['a detail that is no JSON', { ...entry, Detail: '{' }, 'MalformedDetail'],
    ['a detail that is no object', { ...entry, Detail: '[1]' }, 'MalformedDetail'],
    ['a source of AWS', { ...entry, Source: 'aws.ec2' }, 'NotAuthorizedForSourceException'],
  ])('refuses one entry with %s, and takes the others', async (_, bad, code) => {
    const lab = openLab()

    const { Entries = [], FailedEntryCount } = await put(lab, bad, entry)

    expect(FailedEntryCount).toBe(1)
    expect(Entries.map(({ ErrorCode }) => ErrorCode)).toEqual([code, undefined])
    expect(written(lab.home)).toHaveLength(1)
  })

  test('refuses no entry, more than 10, and more than 256 KB in all', async () => {
    const lab = openLab()
    const large = { ...entry, Detail: JSON.stringify({ text: 'x'.repeat(131_000) }) }

    for (const entries of [[], Array(11).fill(entry), [large, large, large]]) {
      await expect(put(lab, ...entries)).rejects.toMatchObject({ name: 'ValidationException' })
    }
    await expect(put(lab, ...Array(10).fill(entry), ...[])).resolves.toMatchObject({ FailedEntryCount: 0 })
    await expect(put(lab, large)).resolves.toMatchObject({ FailedEntryCount: 0 })
  })
})

describe('rules', () => {
  const pattern = { source: ['a', 'b'], detail: { kind: ['x'] } }

  test.each<[boolean, object]>([
    [true, { source: 'b', detail: { kind: 'x', more: 1 } }],
    [true, { source: 'a', detail: { kind: ['y', 'x'] } }],
    [false, { source: 'c', detail: { kind: 'x' } }],
    [false, { source: 'a', detail: { kind: 'y' } }],
    [false, { source: 'a', detail: 'x' }],
    [false, { source: 'a' }],
  ])('match: %s for %j', (expected, event) => {
    expect(matches(pattern, event)).toBe(expected)
  })

  test.each([
    [{ source: [{ prefix: 'a' }] }, 'source: only exact texts are known here'],
    [{ detail: { n: [1] } }, 'detail: n: only exact texts are known here'],
    [{ source: [] }, 'source: an empty list'],
    [{ source: 'a' }, 'source: not a list and not an object'],
  ])('of another kind are an error, not a rule that never matches: %j', (wrong, message) => {
    expect(() => checkPattern(wrong, 'r.json')).toThrow(`r.json: ${message}`)
  })

  test('those there are can be loaded', () => {
    expect(loadRules()).toContainEqual({
      name: 'luns-requested',
      pattern: { source: ['star.client'], 'detail-type': ['LUNs Requested'] },
      target: 'take-event',
    })
  })
})
