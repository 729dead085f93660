/** The page as a person sees it: Debian's Chromium, the web server with a host's configuration, a load that really runs. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from '../browser.ts'
import { temporaryFolder } from '../temporary.ts'
import { curveOf, digestFile, need, program, python, render, sadc, serve, userOf, viewOf, ZONE } from './perfweb.ts'

const folder = temporaryFolder('perfweb')
const digest = digestFile(folder)
const passwordOf = (...words: string[]) =>
  python(program('star-perfweb'), 'password', '--file', digest, ...words).trim()
let password: string
let server: Awaited<ReturnType<typeof serve>>
let browser: Browser

/** Samples of some seconds, in which a process keeps one processor busy for 3. */
async function sampleALoad(): Promise<void> {
  const collector = spawn('python3', [program('star-perfweb-sample'), sadc, join(folder, 'daily'), folder], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, TZ: ZONE },
  })
  await sleep(2_500)
  const load = spawn('timeout', ['3', 'sh', '-c', 'while :; do :; done'])
  await new Promise(resolve => load.once('exit', resolve))
  await sleep(1_500)
  process.kill(-(collector.pid as number), 'SIGTERM')
}

const now = () => new Date(Date.now() + 9 * 3600_000).toISOString().slice(0, 19)
const samples = () => join(folder, 'sa.short.1', readdirSync(join(folder, 'sa.short.1'))[0] as string)

/** Opens a page as somebody with this password, or with none. */
async function open(path: string, password?: string) {
  const context = await browser.newContext({
    ...(password !== undefined && { httpCredentials: { username: 'perfweb', password } }),
  })
  const page = await context.newPage()
  const answers: Response[] = []
  page.on('response', answer => answers.push(answer))
  // A page that is not let in may end as an error of the browser's own, without an answer of the server's to look at.
  await page.goto(server.url + path).catch(() => undefined)
  return { context, page, status: answers.at(-1)?.status() }
}

beforeAll(async () => {
  need(sadc, '/usr/bin/sadf', '/usr/sbin/apache2', '/usr/bin/chromium')
  await sampleALoad()
  render(folder, now())
  password = passwordOf()
  ;[server, browser] = await Promise.all([serve(folder, digest), openBrowser()])
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('log-in', () => {
  it('is refused in the browser without the password, and with another one', async () => {
    expect((await open('')).status).toBe(401)
    expect((await open('', 'milky way')).status).toBe(401)
    expect((await open('cpu.1m.svg')).status).toBe(401)
  })

  it('is asked for by digest at every address, there or not, and nothing of the host is told before', async () => {
    for (const path of ['', 'cpu.1m.svg', 'nothing', '../etc/passwd']) {
      const answer = await fetch(server.url + path)
      expect([path, answer.status]).toEqual([path, 401])
      expect(answer.headers.get('www-authenticate')).toMatch(
        /^Digest realm="milky way", nonce="[^"]+", algorithm=MD5, qop="auth"$/,
      )
      expect(await answer.text()).not.toContain('instance-1')
    }
  })

  it('lets in who has the password', async () => {
    const { context, page, status } = await open('', password)
    expect(status).toBe(200)
    expect(await page.title()).toBe('instance-1: perfweb')
    await context.close()
  })
})

describe('the page', () => {
  it('leads to a graph that shows the load, with the numbers that sadf -j prints', async () => {
    const { context, page } = await open('', password)
    const [graph] = await Promise.all([
      page.waitForResponse(answer => answer.url().endsWith('/cpu.1m.svg') && answer.ok()),
      page.getByRole('row', { name: '1 minute' }).getByRole('link', { name: 'cpu' }).click(),
    ])
    const svg = await graph.text()
    const shown = await page.locator('text').allTextContents()
    await context.close()

    const values = userOf(samples(), 1, '00:00:00')
    const { curves } = viewOf(svg, 'CPU utilization [all]')
    expect(values.length).toBeGreaterThanOrEqual(5)
    expect(curves['%user']).toEqual(curveOf(values, 1))
    expect(shown).toContain(`%user (${curves['%user']?.min.toFixed(2)}, ${curves['%user']?.max.toFixed(2)})`)
    // One processor was busy for three of those seconds: a part of all of them that nobody can miss.
    const busy = [...values].sort((a, b) => b - a)[1] as number
    expect(busy).toBeGreaterThan(70 / processors())
  })

  it('says when it was drawn, and links only what is there', async () => {
    const { context, page } = await open('', password)
    await expect.poll(() => page.locator('time').textContent()).toMatch(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/)
    const links = await page
      .getByRole('link')
      .evaluateAll(all => all.map(link => (link as unknown as { href: string }).href))
    expect(links.length).toBeGreaterThanOrEqual(4)
    for (const link of links) expect((await page.goto(link))?.status(), link).toBe(200)
    await context.close()
  })
})

describe('the password', () => {
  it('is shown once; then only its digest is there', () => {
    const kept = readFileSync(digest, 'utf8')
    expect(kept).toMatch(/^perfweb:milky way:[0-9a-f]{32}\n$/)
    expect(password).toMatch(/^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/)
    expect(() => passwordOf()).toThrow('the password was shown already; star-perfweb password --new makes another one')
    expect(readFileSync(digest, 'utf8')).toBe(kept)
    expect(readFileSync(join(folder, 'run/log'), 'utf8')).not.toContain(password)
  })

  it('gives way to a new one, and the old one lets nobody in any more', async () => {
    const another = passwordOf('--new')
    expect(another).not.toBe(password)
    expect((await open('', password)).status).toBe(401)
    expect((await open('', another)).status).toBe(200)
  })
})

function processors(): number {
  return readFileSync('/proc/cpuinfo', 'utf8').match(/^processor\s/gm)?.length ?? 1
}
