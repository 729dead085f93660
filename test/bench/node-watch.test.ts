import { describe, expect, it } from 'vitest'
import { activeSpans, readChanges } from '../../bench/array-faults/node-watch.ts'

const [one, two] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222']

describe('what a node said on its console', () => {
  it('is read in the time of the boot that said it, whatever stands around it', () => {
    const text = `[  3.1] nvme: st\r\nstar-node-watch ${one} 100.250 1\r\nDebian login: \nstar-node-watch ${two} 200.000 0\n`
    expect(readChanges(text, new Map([[one, 750]]))).toEqual([
      { at: 101_000, active: true },
      { at: 200_000, active: false },
    ])
  })
})

describe('spans in which the pool was active', () => {
  const span = { from: 50, now: 1000 }

  it('go from a change to the next one, or until now', () => {
    const changes = [
      { at: 10, active: true },
      { at: 100, active: false },
      { at: 300, active: true },
    ]
    expect(activeSpans(changes, [], span)).toEqual([
      { from: 50, to: 100 },
      { from: 300, to: 1000 },
    ])
  })

  it("end with the machine's death, of which the node says nothing", () => {
    const changes = [
      { at: 60, active: true },
      { at: 500, active: false },
      { at: 600, active: true },
    ]
    expect(activeSpans(changes, [20, 200, 700], span)).toEqual([
      { from: 60, to: 200 },
      { from: 600, to: 700 },
    ])
  })

  it('are none of before', () => {
    const changes = [
      { at: 10, active: true },
      { at: 40, active: false },
    ]
    expect(activeSpans(changes, [], span)).toEqual([])
  })
})
