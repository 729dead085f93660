import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { longestAt } from '../../bench/array-faults/trial.ts'
import { type Case, figureOf, reportOf } from '../../bench/failover.ts'
import { medianOf } from '../../bench/statistics.ts'

const samples = (...stalls: number[]) => stalls.map(stall => ({ stall, errors: 0, lost: 0, back: 60 }))
const cut: Case = { name: 'power cut', ours: samples(6, 8, 7), theirs: samples(50, 40, 45), times: 5 }
const lost: Case = { name: 'lost STANDBY', ours: samples(0, 0), theirs: [] }

it('takes the median, of an even number too', () => {
  expect([medianOf([3, 1, 2]), medianOf([4, 1, 2, 3]), medianOf([])]).toEqual([2, 2.5, 0])
})

it('knows when the longest write began, of all LUNs', () => {
  const written = [
    [[1_010, 0.7]],
    [],
    [
      [1_004, 0.6],
      [1_030, 2.5],
    ],
  ] as [number, number][][]
  const all = written.map(stalls => ({ writes: 9, errors: [], bad: [], stalls }))
  expect(longestAt(all, 1_000_000)).toBe(30)
  expect(longestAt([], 1_000_000)).toBeUndefined()
})

describe('the figure', () => {
  it('holds medians against the goal', () => {
    expect(figureOf([cut, lost], [])).toEqual({
      ...{ figure: "power cut 7.0 s, 1/6.4 of the reference's", goal: '1/5', met: true },
    })
    expect(figureOf([{ ...cut, times: 7 }], []).met).toBe(false)
    expect(figureOf([cut], ['LUN0: 1 writes failed']).met).toBe(false)
  })

  it('is short where the reference was not measured', () => {
    const figure = 'power cut 7.0 s, the reference not measured'
    expect(figureOf([{ ...cut, theirs: [] }], [])).toEqual({ figure, goal: '1/5', met: false })
  })
})

it('reports medians with their spread, and what went wrong', () => {
  const report = reportOf([cut, lost], ['power cut: LUN0: 1 writes failed'], { runs: 3, pcs: 9 })
  expect(report).toMatch(
    /\| power cut +\| 45\.0 \(40\.0 to 50\.0\), 3 runs \| 7\.0 \(6\.0 to 8\.0\), 3 runs +\| 1\/6\.4 \| 1\/5/,
  )
  expect(report).toMatch(/\| lost STANDBY \| +\| under 0\.5 \(under 0\.5 to under 0\.5\), 2 runs \|/)
  expect(report).toContain('Ours: power cut: LUN0: 1 writes failed.')
})

it('scripts of the reference set-up pass the shell checker', () => {
  const folder = join(import.meta.dirname, '../../bench/reference')
  const scripts = ['.', 'by-hand']
    .flatMap(below => readdirSync(join(folder, below)).map(name => join(below, name)))
    .filter(name => /(\.sh|STARorbit)$/.test(name))
  expect(scripts).toEqual(expect.arrayContaining(['STARorbit', 'by-hand/target.sh']))
  const { status, stdout } = spawnSync(
    'shellcheck',
    scripts.map(name => join(folder, name)),
    { encoding: 'utf8' },
  )
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
})
