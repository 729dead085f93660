import { describe, expect, it } from 'vitest'
import { checkLines, checkOn } from '../../cli/check.ts'
import type { Check } from '../../functions/judge-array.ts'
import { machineOf } from '../statemachines/array-lab.ts'
import { failure, openBuilt, openLocalLab } from './local.ts'

const checked: Check = {
  ...{ array: 'a1', power: 'running', healthy: false, tried: { hosts: 1, luns: 6, paths: 12, logins: 2 } },
  findings: [
    { text: 'h1: LUN3 has 0 paths through a1-ctl2, not 1', remedy: 'run star start' },
    { text: 'a1-ctl2: its target does not serve', remedy: 'see why' },
  ],
  notes: ['add-luns was at work'],
}

describe('star check', () => {
  it('shows a person each finding with its remedy', () => {
    expect(checkLines(checked)).toEqual([
      'a1: 2 findings: 12 paths read from 1 host, 2 logins tried',
      ...['', 'h1: LUN3 has 0 paths through a1-ctl2, not 1', '  → run star start'],
      ...['', 'a1-ctl2: its target does not serve', '  → see why'],
      ...['', 'note: add-luns was at work'],
    ])
    expect(checkLines({ ...checked, healthy: true, findings: [], notes: [] })).toEqual([
      'a1: healthy: 12 paths read from 1 host, 2 logins tried',
    ])
  })

  it('ends with 0 where the array works, 1 with findings, 4 where it is stopped, 3 where there is none', async () => {
    const lab = await openBuilt()
    const run = (flags = {}) => checkOn(lab.local, flags)
    expect(await run()).toBe(0)
    lab.machines.cut(machineOf(lab, 'star0001-ctl2').id)
    expect(await run()).toBe(1)
    for (const machine of ['start-array', 'stop-array']) await lab.run(machine, { array: 'star0001' })
    expect(await run()).toBe(4)
    expect((await failure(run({ array: 'other' }))).exitCode).toBe(3)
    expect((await failure(checkOn(openLocalLab().local, {}))).exitCode).toBe(3)
  })

  it('prints rows without a terminal, and an object where JSON is wanted', async () => {
    const lab = await openBuilt()
    lab.machines.cut(machineOf(lab, 'star0001-ctl2').id)
    await checkOn(lab.local, {})
    const [rows = ''] = lab.printed
    expect(rows).toMatch(/^array\tstar0001\tnot-healthy\ntried\t1\t6\t12\t2\n/)
    expect(rows).toMatch(/^finding\tstar0001-ctl2: the instance is stopped\trun star start: /m)
    await checkOn(lab.local, { json: true })
    expect(JSON.parse(lab.printed.at(-1) ?? '')).toMatchObject({
      ...{ array: 'star0001', healthy: false, tried: { paths: 12 } },
      findings: expect.arrayContaining([
        { text: 'star0001-ctl2: the instance is stopped', remedy: expect.any(String) },
      ]),
    })
  })
})
