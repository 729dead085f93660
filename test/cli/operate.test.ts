import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { addedFrom, addition } from '../../cli/lun.ts'
import { operateOn } from '../../cli/operate.ts'
import { handingOver, rebooting, starting, stopping } from '../../cli/power.ts'
import { inputFrom, planning, scheduleLines } from '../../cli/schedule.ts'
import { temporaryFolder } from '../temporary.ts'
import { failure, openBuilt } from './local.ts'

function file(value: unknown): string {
  const path = join(temporaryFolder('operate'), 'file.json')
  writeFileSync(path, JSON.stringify(value))
  return path
}

describe('star lun add', () => {
  it('takes flags, a list or an object; what is said twice is refused', () => {
    expect(addedFrom(undefined, {})).toEqual({ luns: [{}] })
    expect(addedFrom(undefined, { count: 10, size: '1G', host: ['h1'], key: 'k' })).toEqual({
      luns: [{ count: 10, size: '1G' }],
      hosts: ['h1'],
      key: 'k',
    })
    expect(addedFrom(file([{ count: 2 }, { size: '1G' }]), { host: ['h1'] })).toEqual({
      luns: [{ count: 2 }, { size: '1G' }],
      hosts: ['h1'],
    })
    const object = file({ luns: [{}], hosts: ['h2'] })
    expect(addedFrom(object, {})).toEqual({ luns: [{}], hosts: ['h2'] })
    expect(() => addedFrom(object, { size: '1G' })).toThrow(/^--size: .* has the field luns already/)
    expect(() => addedFrom(object, { host: ['h1'] })).toThrow(/^--host: .* has the field hosts already/)
    expect(() => addedFrom(file('LUN1'), {})).toThrow(/must be a list of LUNs/)
  })

  it('adds them, once for a key, and tells which', async () => {
    const { local, printed } = await openBuilt()
    const add = () => operateOn(local, {}, addition(undefined, { count: 2, size: '1G', key: 'monday' }))
    expect([await add(), await add()]).toEqual([0, 0])
    expect(printed).toEqual([
      '2 LUNs added to star0001: LUN6, LUN7',
      'star0001 has these LUNs already; nothing was changed',
    ])
  })

  it('that cannot be is a mistake, before and behind the workflow', async () => {
    const { local, cloud } = await openBuilt()
    const before = cloud.store.list('execution').length
    const unknown = await failure(operateOn(local, {}, addition(undefined, { size: '1X' })))
    expect(unknown).toMatchObject({
      exitCode: 2,
      lines: [expect.stringMatching(/^luns\[0\]\.size: must be a size/), expect.anything()],
    })
    expect(cloud.store.list('execution')).toHaveLength(before)
    const large = await failure(operateOn(local, {}, addition(undefined, { size: '1T' })))
    expect(large.exitCode).toBe(2)
    expect(large.lines.join('\n')).toMatch(/^LUNs were not added to star0001[\s\S]*pool/)
  })
})

describe('what interrupts', () => {
  it('is not done where nobody can be asked, unless --yes was said', async () => {
    const { local, cloud } = await openBuilt()
    const before = cloud.store.list('execution').length
    for (const asked of [stopping({}), rebooting({}), handingOver({})]) {
      expect(await failure(operateOn(local, {}, asked))).toMatchObject({
        exitCode: 2,
        lines: ['--yes: needed where nobody can be asked'],
      })
    }
    expect(cloud.store.list('execution')).toHaveLength(before)
  })

  it('is done and told: reboot, failover, failover to the same, stop, stop again, start', async () => {
    const { local, printed } = await openBuilt()
    for (const asked of [rebooting({}), handingOver({}), handingOver({ to: 1 }), stopping({}), stopping({})]) {
      expect(await operateOn(local, { yes: true }, asked)).toBe(0)
    }
    expect(printed).toEqual([
      'both controllers of star0001 were rebooted, one at a time; star0001-ctl2 is ACTIVE',
      'star0001-ctl1 is ACTIVE; the roles took 6 s to change',
      'star0001-ctl1 was ACTIVE already; nothing was changed',
      'star0001 is stopped; ./star start --array star0001 starts it',
      'star0001 was stopped already',
    ])
    expect(await operateOn(local, {}, starting)).toBe(0)
    expect(printed.at(-1)).toMatch(/star0001: healthy: 2 controllers[\s\S]*star0001 is up$/)
    expect(await operateOn(local, { json: true }, starting)).toBe(0)
    expect(JSON.parse(printed.at(-1) ?? '')).toMatchObject({ array: 'star0001', changed: false })
  })
})

describe('star failover', () => {
  it('to a controller that is none is a mistake, before anybody is asked', async () => {
    const { local } = await openBuilt()
    expect(await failure(operateOn(local, {}, handingOver({ to: 3 })))).toMatchObject({
      exitCode: 2,
      lines: ['to: must be 1 or 2 (got 3)', expect.anything()],
    })
  })

  it('does not say how long it took where the cluster does not', () => {
    const end = { array: 'a1', changed: true, active: 'a1-ctl2', seconds: null }
    expect(handingOver({}).done(end)).toEqual(['a1-ctl2 is ACTIVE'])
  })
})

describe('star schedule', () => {
  it('says what is to be changed, and nothing where only a look is wanted', () => {
    expect(inputFrom({ keepRunning: true })).toEqual({})
    expect(inputFrom({ stop: '0 19 * * *', timezone: 'Europe/Berlin' })).toEqual({
      schedule: { stop: '0 19 * * *', timezone: 'Europe/Berlin' },
    })
    expect(inputFrom({ remove: true, keepRunning: false })).toEqual({ schedule: null, keepRunningUntil: null })
    expect(() => inputFrom({ remove: true, start: '0 9 * * *' })).toThrow('--remove: a new schedule is said, too')
    expect(() => inputFrom({ timezone: 'Asia/Tokyo' })).toThrow('--timezone: say --start, --stop or both, too')
  })

  it('is set, and refused where it is no schedule', async () => {
    const { local, printed } = await openBuilt()
    const set = (stop: string) => operateOn(local, {}, planning(inputFrom({ stop })))
    expect([await set('0 19 * * *'), await set('0 19 * * *')]).toEqual([0, 0])
    expect(printed).toEqual([
      'the schedule of star0001 was changed',
      'star0001 had this schedule already; nothing was changed',
    ])
    expect((await failure(set('every day'))).exitCode).toBe(2)
  })

  it('is shown in its own time zone', () => {
    const request = { schedule: { start: '0 9 * * 1-5', stop: '0 19 * * *', timezone: 'Asia/Tokyo' } }
    const next = { action: 'stop', at: '2026-11-24T10:00:00.000Z' } as const
    const lines = scheduleLines({ array: 'a1', request, keepRunningUntil: '2026-11-24T09:00:00Z', next })
    expect(lines.slice(0, 3)).toEqual([
      'a1: starts at 0 9 * * 1-5, stops at 0 19 * * * (Asia/Tokyo)',
      'kept running until 2026-11-24 18:00 (Asia/Tokyo)',
      'next: stop at 2026-11-24 19:00 (Asia/Tokyo)',
    ])
    expect(scheduleLines({ array: 'a1', request: {}, keepRunningUntil: null, next: null })).toEqual([
      'a1 has no schedule',
    ])
  })
})
