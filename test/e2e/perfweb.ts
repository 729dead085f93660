/** perfweb on a machine: switched on, opened in Chromium, with a load on a LUN that the graphs have to show. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from '../browser.ts'
import { need, viewOf } from '../documents/perfweb.ts'
import { home, onNode, star, starOk } from './star.ts'

export interface PerfwebOptions {
  array: string
  host: string
  /** A LUN that this host sees. It is only read. */
  lun: string
  /** Where the pictures of page and graph go, to be looked at. */
  pictures: string
}

interface Disk {
  'disk-device': string
  rkB: number
}

/** The array must be up and healthy. Takes about two minutes. */
export function perfwebTests({ array, host, lun, pictures }: PerfwebOptions): void {
  const perfweb = () => starOk('perfweb', '--array', array, '--host', host, '--json')
  const password = (...words: string[]) =>
    star('shell', '--array', array, host, '--', ['star-perfweb password', ...words].join(' '))
  let word = ''
  let way: ChildProcess
  let url = ''
  let browser: Browser

  /** A page of somebody with this password, or with none. */
  async function visit(known?: string): Promise<{ page: Page; status(): number | undefined }> {
    const context = await browser.newContext({
      viewport: { width: 1100, height: 900 },
      ...(known !== undefined && { httpCredentials: { username: 'perfweb', password: known } }),
    })
    const page = await context.newPage()
    let last: number | undefined
    page.on('response', answer => {
      last = answer.status()
    })
    await page.goto(url).catch(() => undefined)
    return { page, status: () => last }
  }

  beforeAll(async () => {
    need('/usr/bin/chromium')
    browser = await openBrowser()
  })
  afterAll(async () => {
    way?.kill('SIGKILL')
    await browser?.close()
  })

  describe('perfweb', () => {
    it('is switched on once, and a second time changes nothing', async () => {
      expect(JSON.parse(await perfweb())).toEqual({ array, changed: true, host })
      expect(JSON.parse(await perfweb())).toEqual({ array, changed: false, host })
      const units = 'star-perfweb star-perfweb-sample star-perfweb-render.timer sysstat-collect.timer'
      expect(await onNode(array, host, `systemctl is-active ${units}`)).toBe('active\n'.repeat(4))
    })

    it('shows its password once, and nothing on the host holds it then', async () => {
      const first = await password()
      word = first.stdout.trim()
      expect(word).toMatch(/^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/)
      const second = await password()
      expect(second).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(/shown already/) })
      // Written apart, or this very command would be found.
      const apart = word.replaceAll('-', "''-")
      const found = await onNode(array, host, `grep -rlF -e ${apart} /etc /var /root /run /tmp 2>/dev/null; true`)
      expect(found).toBe('')
    })

    it('is opened on a port of this computer, and asks for the password', async () => {
      const root = join(import.meta.dirname, '../..')
      way = spawn(join(root, 'star'), ['open', 'perfweb', '--array', array, '--host', host, '--json'], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, STAR_HOME: home },
      })
      const line = await new Promise<string>((resolve, reject) => {
        way.stdout?.once('data', data => resolve(String(data)))
        way.once('exit', code => reject(new Error(`star open perfweb: exit ${code}`)))
      })
      url = JSON.parse(line).url
      expect((await visit()).status()).toBe(401)
      expect((await visit('milky way')).status()).toBe(401)
      const { page, status } = await visit(word)
      expect(status()).toBe(200)
      expect(await page.locator('h1').textContent()).toBe(host)
    })

    it('shows the load on a LUN, with the numbers that sadf -j prints', async () => {
      const device = (await onNode(array, host, `multipath -ll | awk '/STAR-${lun} *$/ { print $1; exit }'`)).trim()
      expect(device).not.toBe('')
      const fio = '--readonly --rw=randread --bs=4k --direct=1 --time_based --runtime=100 --output=/dev/null'
      const load = onNode(array, host, `fio --name=load --filename=/dev/mapper/${device} ${fio}`)
      const { page } = await visit(word)
      const drawnAt = async () => {
        await page.goto(url)
        return (await page.locator('time').textContent()) ?? ''
      }
      const begun = (await onNode(array, host, "date '+%F %T'")).trim()
      const later = (text: string, seconds: number) =>
        new Date(Date.parse(`${text.replace(' ', 'T')}Z`) + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
      // A graph with half a minute of load or more.
      await expect
        .poll(async () => (await drawnAt()) > later(begun, 30), { timeout: 180_000, interval: 2_000 })
        .toBe(true)
      let at = ''
      let svg = ''
      do {
        at = await drawnAt()
        const [graph] = await Promise.all([
          page.waitForResponse(answer => answer.url().endsWith('/disk.1m.svg') && answer.ok()),
          page.getByRole('row', { name: '1 minute' }).getByRole('link', { name: 'disk' }).click(),
        ])
        svg = await graph.text()
        await page.screenshot({ path: join(pictures, 'perfweb-disk.png') })
      } while ((await drawnAt()) !== at) // drawn anew meanwhile
      await page.screenshot({ path: join(pictures, 'perfweb.png') })

      const [from, to] = [later(at, -60).slice(11), at.slice(11)]
      // Around each half hour there are two files: the newer one, as soon as it holds the whole minute.
      const name = `sa${later(at, -60).replaceAll(/[-:]/g, '').replace(' ', '.')}`
      const file = `/var/log/sa.short.1/$(ls /var/log/sa.short.1 | awk '$0 <= "${name}"' | tail -n 1)`
      const filter = '[.sysstat.hosts[0].statistics[].disk // empty]'
      const line = `sadf -j -T -s ${from} -e ${to} ${file} 1 -- -d -p | jq -c '${filter}'`
      const samples = JSON.parse(await onNode(array, host, line)) as Disk[][]
      const busiest = samples.flat().filter(disk => !/^(vd|nvme|sd)/.test(disk['disk-device']))
      const busy = busiest.sort((a, b) => b.rkB - a.rkB)[0]?.['disk-device'] ?? ''
      const read = samples.map(disks => disks.find(disk => disk['disk-device'] === busy)?.rkB ?? 0)
      expect(Math.max(...read)).toBeGreaterThan(0)
      const { curves } = viewOf(svg, `Block devices statistics (2) [${busy}]`)
      // The sample of the very second in which it was drawn may have come too late for it.
      const ranges = [read, read.slice(0, -1)].map(all => ({ min: Math.min(...all), max: Math.max(...all) }))
      expect(ranges).toContainEqual({ min: curves['rkB/s']?.min, max: curves['rkB/s']?.max })
      await load
    })

    it('is closed with the command that opened it', async () => {
      const ended = new Promise(resolve => way.once('exit', resolve))
      way.kill('SIGINT')
      expect(await ended).toBe(0)
      await expect(fetch(url)).rejects.toThrow('fetch failed')
    })
  })
}
