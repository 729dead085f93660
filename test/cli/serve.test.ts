import { spawn } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { calendarOf, serveOn } from '../../cli/serve.ts'
import { fastClock } from '../../infra/local/clock.ts'
import { processMark } from '../../infra/local/process-mark.ts'
import { isServed, markServing } from '../../infra/local/serving.ts'
import { temporaryFolder } from '../temporary.ts'
import { openLocalLab } from './local.ts'

describe('star serve', () => {
  it('serves until it is ended, and stops what runs then', async () => {
    // The build stands still in a call of EC2's until that is let go.
    const call = Promise.withResolvers<undefined>()
    const { local, cloud, printed, home } = openLocalLab({ faults: { RunInstances: () => call.promise } })
    const end = Promise.withResolvers<void>()
    const serving = serveOn(local, { port: 0, clock: cloud.clock }, end.promise)
    await expect.poll(() => printed[0]).toMatch(/the API is at http:\/\/127\.0\.0\.1:\d+/)
    const [url = ''] = printed[0]?.match(/http:\S+/) ?? []
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/arrays`, { method: 'POST', headers, body: '{}' })
    expect(await answer.json()).toMatchObject({ operation: { status: 'running' } })
    end.resolve()
    await expect.poll(() => printed.join('\n')).toMatch(/begins\n.*stopping provision-array:star0001-/)
    call.resolve(undefined)
    expect(await serving).toBe(130)
    expect(printed.at(-1)).toMatch(/asked for again, and goes on from there/)
    expect(isServed(home)).toBe(false)
  })

  it('applies schedules on its calendar, and tells what they began', async () => {
    const { local, cloud, run, printed } = openLocalLab()
    const schedule = { start: '0 9 * * *', stop: '0 19 * * *', timezone: 'UTC' }
    expect(await run('provision-array', { schedule })).toMatchObject({ status: 'SUCCEEDED' })
    const end = Promise.withResolvers<void>()
    const clock = fastClock(Date.parse('2030-01-01T18:58:30Z'), 300, cloud.clock)
    const serving = serveOn(local, { port: 0, clock, speed: 300 }, end.promise)
    const begun = /schedule, \S+: stop star0001\n[\s\S]*schedule, \S+: start star0001\n/
    await expect.poll(() => printed.join('\n'), { timeout: 15_000 }).toMatch(begun)
    end.resolve()
    await serving
  })

  it('keeps the records of its cloud from being cleared away by others', () => {
    const home = temporaryFolder('serving')
    const unmark = markServing(home)
    // One's own mark holds nobody up, and a dead process's is void.
    expect(isServed(home)).toBe(false)
    unmark()
    writeFileSync(join(home, 'serving.1'), '1 0 another-boot')
    expect(isServed(home)).toBe(false)
    expect(readdirSync(home)).toEqual([])

    const other = spawn('sleep', ['60'])
    onTestFinished(() => void other.kill())
    writeFileSync(join(home, 'serving.2'), processMark(other.pid) ?? '')
    expect(isServed(home)).toBe(true)
  })

  it('can have a date of its own', () => {
    const clock = calendarOf({ time: '2030-01-01T00:00:00Z', speed: 60 })
    expect(new Date(clock.now()).toISOString()).toMatch(/^2030-01-01T00:00:/)
    expect(() => calendarOf({ time: 'noon' })).toThrow(/^--time: must be a time/)
    expect(() => calendarOf({ speed: 0 })).toThrow('--speed: must be 1 or more')
  })
})
