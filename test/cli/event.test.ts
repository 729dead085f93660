import { describe, expect, it } from 'vitest'
import { eventLine } from '../../cli/bus.ts'
import { eventOn, eventsFrom } from '../../cli/event.ts'
import { failure, openBuilt } from './local.ts'

describe('star event', () => {
  const event = (detail: object, type = 'LUNs Requested') =>
    eventsFrom({ source: 'star.client', 'detail-type': type, detail: { array: 'star0001', ...detail } })

  it('starts what the rule says, once for a key, and follows it to its end', async () => {
    const { local, printed, said } = await openBuilt()
    const requested = event({ luns: [{ size: '1G' }], key: 'tuesday' })
    expect(await eventOn(local, requested, {})).toBe(0)
    expect(printed).toEqual([expect.stringMatching(/^add-luns:star0001-[0-9a-f]{16}: ended well$/)])
    expect(await eventOn(local, requested, {})).toBe(0)
    expect(said.at(-1)).toMatch(/nothing was started: .* taken before, with the same key/)
    expect(await eventOn(local, event({}, 'Something Else'), { json: true })).toBe(0)
    expect(JSON.parse(printed.at(-1) ?? '')).toEqual({ operations: [] })
  })

  it('tells why nothing was started, or what failed', async () => {
    const { local } = await openBuilt()
    const refused = await failure(eventOn(local, event({ luns: [] }), {}))
    expect(refused).toMatchObject({ exitCode: 2, lines: ['luns: must list 1 LUN or more', expect.anything()] })
    const failed = await failure(eventOn(local, event({ luns: [{ size: '1T' }] }), {}))
    expect(failed.lines[0]).toMatch(/^add-luns:star0001-\w+ failed/)
  })

  it('takes one or several, and an event that was copied from the bus', () => {
    const [copied] = event({})
    const whole = {
      ...copied,
      version: '0',
      id: 'x',
      account: '0',
      time: '2026-11-24T10:00:00Z',
      region: 'r',
      resources: [],
    }
    expect(eventsFrom([copied, whole])).toHaveLength(2)
    expect(() => eventsFrom({ source: 'star.client', detail: {}, more: 1 })).toThrow(
      /detail-type: [\s\S]*more: unknown field/,
    )
    expect(() => eventsFrom([])).toThrow('must be 1 to 10 events')
  })

  it('is shown in one line', () => {
    const time = '2026-11-24T10:00:00Z'
    const about = { version: '0' as const, id: 'x', account: '0', region: 'r', resources: [], time }
    const detail = { array: 'a1', operation: 'add-luns', error: 'ArrayBusy', cause: 'a1 is being changed\nby' }
    expect(eventLine({ ...about, source: 'star', 'detail-type': 'Operation Failed', detail })).toBe(
      '2026-11-24T10:00:00Z  star  Operation Failed  a1  add-luns  ArrayBusy: a1 is being changed',
    )
  })
})
