import { expect, it } from 'vitest'
import type { Verdict } from '../../bench/array-faults/trial.ts'
import { lineOf, tableOf } from '../../bench/figure.ts'
import { reportOf, trials } from '../../bench/torture.ts'

it('a bench ends with one line: its figure, its goal, and whether that is met', () => {
  const line = lineOf('torture', { figure: '29 of 30 faults', goal: '30 of 30', met: false })
  expect(line).toBe('torture: 29 of 30 faults (goal 30 of 30) short')
})

it('tables are markdown, whatever is in a cell', () => {
  expect(tableOf(['a', 'long head'], [['x|y', '1']])).toBe(
    ['| a    | long head |', '| ---- | --------- |', '| x\\|y | 1         |'].join('\n'),
  )
})

it('a report of torture has a line for each fault, and says what went wrong', () => {
  const seen = { bursts: [], owners: [], deaths: [], hangs: [] }
  const well: Verdict = {
    ...{ what: 'power cut of ACTIVE', active: ['a', 'b'], stall: 6.42, back: 70, writes: 900, hand: false, seen },
    problems: [],
  }
  const bad: Verdict = { ...well, what: 'panic', active: ['b', 'b'], stall: 0, problems: ['LUN0: 2 writes failed'] }
  const report = reportOf({ verdicts: [well, bad], seed: 7, count: 3, minutes: 9.6 })
  expect(report).toMatch(/torture --faults 3 --seed 7`.* 10 minutes/)
  expect(report).toContain('2 of 3 faults in a row on one array, 1800 writes')
  expect(report).toMatch(/\| 1 +\| power cut of ACTIVE +\| moves +\| 6\.4 +\| 70 +\| 900 +\| well/)
  expect(report).toMatch(/\| 2 +\| panic +\| stays +\| under 0\.5 +\| 70 +\| 900 +\| see below/)
  expect(report).toMatch(/\n\n2:\n\n- LUN0: 2 writes failed\n$/)
})

it('draws thirty faults unless told otherwise, each of some alone once, and none that there is not', () => {
  expect([trials(1).length, trials(1, 3).length, trials(1, undefined, 'power cut').length]).toEqual([30, 3, 3])
  expect(() => trials(1, undefined, 'tea')).toThrow(/--only: .*power cut of ACTIVE/)
})
