/** The collector of short samples, with sysstat's own sadc below it. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../temporary.ts'
import { need, program, sadc, userOf, ZONE } from './perfweb.ts'

beforeAll(() => need(sadc, '/usr/bin/sadf', '/usr/bin/faketime'))

/** Runs until the test ends; `clock` is what faketime takes. */
function collect(folder: string, clock?: string, collector = sadc) {
  const words = ['python3', program('star-perfweb-sample'), collector, join(folder, 'daily'), folder]
  const [first = '', ...rest] = clock ? ['faketime', '-f', clock, ...words] : words
  const child = spawn(first, rest, { detached: true, stdio: 'ignore', env: { ...process.env, TZ: ZONE } })
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  // As systemd ends it: with everything that it has started.
  const stop = async () => {
    if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGTERM')
    await ended
  }
  onTestFinished(stop)
  return { ended, stop }
}

const files = (folder: string, step: number) => {
  const path = join(folder, `sa.short.${step}`)
  return existsSync(path) ? readdirSync(path).sort() : []
}

describe('star-perfweb-sample', () => {
  it('samples each second and each 5 seconds, into a file named after its beginning', async () => {
    const folder = temporaryFolder('perfweb')
    collect(folder)
    await expect
      .poll(
        () => {
          const [one] = files(folder, 1)
          return one ? userOf(join(folder, 'sa.short.1', one), 1, '00:00:00').length : 0
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThanOrEqual(3)
    for (const step of [1, 5]) {
      expect(files(folder, step)).toEqual([expect.stringMatching(/^sa20\d{6}\.\d{6}$/)])
    }
  })

  it('begins new files at midnight, and while the old one goes on at each half hour', async () => {
    const midnight = temporaryFolder('perfweb')
    const half = temporaryFolder('perfweb')
    collect(midnight, '@2026-03-04 23:59:58')
    collect(half, '@2026-03-04 13:29:58')
    for (const [folder, names] of [
      [midnight, ['sa20260304.2359', 'sa20260305.0000']],
      [half, ['sa20260304.1329', 'sa20260304.1330']],
    ] as const) {
      for (const step of [1, 5]) {
        await expect.poll(() => files(folder, step).map(name => name.slice(0, 15)), { timeout: 10_000 }).toEqual(names)
      }
    }
  })

  it('deletes a file half an hour after its last sample, one of a whole day after a week, not before', async () => {
    const folder = temporaryFolder('perfweb')
    for (const name of ['sa.short.1', 'daily']) mkdirSync(join(folder, name))
    for (const [name, age] of [
      ['sa.short.1/sa20260304.100000', 1900],
      ['sa.short.1/sa20260304.103000', 1700],
      ['daily/sa24', 8 * 86_400],
      ['daily/sa26', 6 * 86_400],
    ] as const) {
      const path = join(folder, name)
      writeFileSync(path, '')
      utimesSync(path, Date.now() / 1000 - age, Date.now() / 1000 - age)
    }
    collect(folder)
    await expect
      .poll(() => files(folder, 1).filter(name => name.startsWith('sa20260304')), { timeout: 10_000 })
      .toEqual(['sa20260304.103000'])
    await expect.poll(() => readdirSync(join(folder, 'daily')), { timeout: 10_000 }).toEqual(['sa26'])
  })

  it('ends with a failure when its collector fails, so that systemd starts it again', async () => {
    const { ended } = collect(temporaryFolder('perfweb'), undefined, '/bin/false')
    expect(await ended).toBe(1)
  }, 40_000)
})
