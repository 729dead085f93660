import { expect, it } from 'vitest'
import { type Built, figureOf, measure, reportOf } from '../../bench/idle.ts'
import { waitedFor } from '../../bench/steps.ts'
import type { Ended } from '../../cli/critical-path.ts'

const step = (name: string, node: string, from: number, to: number): Ended => ({
  ...{ name, node },
  ...{ from: from * 1000, to: to * 1000 },
})
const steps = [
  step('lock', '', 0, 1),
  step('wait-for-agent', 'n1', 1, 40),
  step('create-disk', 'd1', 1, 3),
  step('create-pool', 'n1', 42, 50),
]

it('tells the floor, which is work on nodes, from what nobody worked in', () => {
  const { path, ...seconds } = measure(steps)
  expect(seconds).toEqual({ workflow: 50, idle: 2, floor: 47 })
  expect(path.map(({ name }) => name)).toEqual(['lock', 'wait-for-agent', 'create-pool'])
})

it('judges by medians, and needs both: a small share, and a build that is soon over', () => {
  const built = (command: number, idle: number): Built => ({ ...measure(steps), command, idle })
  expect(figureOf([built(140, 2), built(900, 30), built(150, 2.5)])).toEqual({
    figure: 'idle 5.0 %, up 150 s',
    goal: '5.0 %, 150 s',
    met: true,
  })
  expect(figureOf([built(151, 2)]).met).toBe(false)
  expect(figureOf([built(100, 3)]).met).toBe(false)
  expect(reportOf([built(140, 2)])).toMatch(/\| 1 +\| 140\.0 +\| 50\.0 +\| 47\.0 +\| 2\.0 +\| 4\.0 %/)
})

it('adds up what was waited for on nodes: two looks of the same kind are one line', () => {
  const looks = [step('inspect-host', 'n1', 0, 2), step('assess', '', 2, 3), step('inspect-host', 'n2', 3, 7)]
  expect(waitedFor([...looks, step('inspect-host', 'n1', 3, 5)])).toEqual({ 'inspect-host': 6 })
})
