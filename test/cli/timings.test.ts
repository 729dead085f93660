/** The timeline of an execution, its critical path, and its picture. */
import { describe, expect, it } from 'vitest'
import { criticalPath, idle, leavesOf } from '../../cli/critical-path.ts'
import type { Step } from '../../cli/steps.ts'
import { timelineSvg } from '../../cli/timeline-svg.ts'
import { timeline } from '../../cli/timings.ts'

const step = (name: string, from: number, to?: number, more: Partial<Step> = {}): Step => {
  const ended = to === undefined ? {} : { to: to * 1000 }
  return { name, node: 'n1', from: from * 1000, ...ended, ...more }
}
/** `lock`, then two that run beside each other, the longer of which `join` waits for after a second of nothing. */
const steps = [
  step('join', 11, 15),
  step('lock', 0, 1, { node: '' }),
  step('all', 1, 10, { around: true }),
  step('short', 1, 4, { failure: 'no <room> & no "hope"' }),
  step('long', 1, 10),
  step('never', 3),
]
const names = (found: Step[]) => found.map(({ name }) => name)

describe('the critical path', () => {
  it('goes back from the last end over what each step waited for', () => {
    expect(names(criticalPath(leavesOf(steps)))).toEqual(['lock', 'long', 'join'])
  })

  it('is empty where nothing has ended', () => {
    expect(criticalPath(leavesOf([step('never', 3)]))).toEqual([])
  })

  it('does not go round between steps that took no time', () => {
    expect(names(criticalPath(leavesOf([step('a', 1, 1), step('b', 1, 1), step('c', 1, 2)])))).toHaveLength(1)
  })
})

it('idle is the time in which no step ran; what a step runs inside of counts for nothing', () => {
  expect(idle(leavesOf(steps))).toBe(1000)
  expect(idle(leavesOf([...steps, step('all', 0, 15, { around: true })]))).toBe(1000)
  expect(idle([])).toBe(0)
})

describe('timeline', () => {
  it('is rows for a program', () => {
    expect(timeline(steps, null)).toEqual([
      '0.0\t1.0\tlock\t',
      '1.0\t3.0\tshort\tn1 (failed)',
      '1.0\t9.0\tall\tn1',
      '1.0\t9.0\tlong\tn1',
      '11.0\t4.0\tjoin\tn1',
    ])
  })

  it('draws what ran beside what, and what everything waited for in another sign', () => {
    const [, ...lines] = timeline(steps, 80)
    const sum = lines.pop()
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
    const signs = lines.map(line => /[#=]/.exec(line)?.[0])
    expect(signs).toEqual(['#', '=', '=', '#', '#'])
    const begins = lines.map(line => line.search(/[#=]/))
    expect(begins).toEqual(begins.toSorted((a, b) => a - b))
    expect(sum).toBe('15.0s in all: # is what the rest waited for; nothing ran for 1.0s of it (6.7 %)')
  })
})

describe('the picture', () => {
  const svg = timelineSvg(steps, 'provision-array <1>')
  const bars = [...svg.matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)" height="12" fill="(#\w+)"/g)]

  it('has a bar for each step that has ended, as long as it took', () => {
    expect(bars).toHaveLength(4)
    const [lock, short, long, join] = bars.map(([, x, width, fill]) => ({ x: Number(x), width: Number(width), fill }))
    expect(Number(long?.width) / Number(lock?.width)).toBeCloseTo(9, 1)
    expect(join?.x).toBeGreaterThan(Number(long?.x) + Number(long?.width))
    expect(new Set([lock?.fill, long?.fill, join?.fill]).size).toBe(1)
    expect(short?.fill).not.toBe(long?.fill)
  })

  it('is well-formed, whatever a failure says', () => {
    expect(svg).toContain('provision-array &lt;1&gt;')
    expect(svg).toContain('no &lt;room&gt; &amp; no &quot;hope&quot;')
    const open: string[] = []
    for (const [, end, name = '', alone] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
      if (end) expect(open.pop()).toBe(name)
      else if (!alone) open.push(name)
    }
    expect(open).toEqual([])
  })

  it('is one of nothing where nothing has ended', () => {
    expect(timelineSvg([], 'x')).toMatch(/^<svg .*<\/svg>\n$/s)
  })
})
