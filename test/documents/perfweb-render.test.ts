/** Graphs out of samples that sysstat's own collector took, around a midnight that was set. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../temporary.ts'
import { curveOf, need, python, render, sadc, userOf, viewOf } from './perfweb.ts'

const folder = temporaryFolder('perfweb')
const epoch = (time: string) => Date.parse(`${time}+09:00`) / 1000
const collect = (file: string, first: string, last: string, step: number) =>
  python(join(import.meta.dirname, 'samples.py'), join(folder, file), ...[epoch(first), epoch(last), step].map(String))
const graphs = () =>
  readdirSync(join(folder, 'www'))
    .filter(name => name !== 'index.html')
    .sort()
const read = (name: string) => readFileSync(join(folder, 'www', name), 'utf8')
const user = (name: string) => viewOf(read(name), 'CPU utilization [all]')
const all = (suffix: string) => ['cpu', 'disk', 'net'].map(metric => `${metric}.${suffix}.svg`)

beforeAll(() => {
  need(sadc, '/usr/bin/sadf', '/usr/bin/faketime')
  execFileSync('mkdir', ['-p', ...['daily', 'sa.short.1', 'sa.short.5'].map(name => join(folder, name))])
  collect('daily/sa04', '2026-03-04T23:00:00', '2026-03-04T23:59:30', 30)
  collect('daily/sa05', '2026-03-05T00:00:00', '2026-03-05T00:05:30', 30)
  collect('sa.short.5/sa20260304.233000', '2026-03-04T23:48:00', '2026-03-05T00:00:00', 5)
  collect('sa.short.5/sa20260305.000000', '2026-03-05T00:00:00', '2026-03-05T00:05:30', 5)
  collect('sa.short.1/sa20260305.000000', '2026-03-05T00:04:20', '2026-03-05T00:05:30', 1)
})

describe('at 00:05:30', () => {
  beforeAll(() => {
    render(folder, '2026-03-05T00:05:30')
  })

  it('draws each span, and a span across midnight as two graphs', () => {
    const whole = ['1m', '5m'].flatMap(all)
    const cut = [15, 30, 60, 180, 360].flatMap(minutes => [1, 2].flatMap(part => all(`${minutes}m.${part}`)))
    // An idle disk is left out: what is drawn of disks depends on what this computer does.
    const drawn = (names: string[]) => names.filter(name => !name.startsWith('disk')).sort()
    expect(drawn(graphs())).toEqual(drawn([...whole, ...cut]))
  })

  it('ends the first part at midnight and begins the second one there', () => {
    const [before, after] = [user('cpu.15m.1.svg').times, user('cpu.15m.2.svg').times]
    expect(before[0]).toMatch(/^23:50:3\d$/)
    expect(before.at(-1)).toBe('00:00:00')
    expect(after[0]).toBe('00:00:00')
    expect(after.at(-1)).toMatch(/^00:05:[23]\d$/)
  })

  it.each([
    ['cpu.1m.svg', 'sa.short.1/sa20260305.000000', 1, '00:04:30', '00:05:30'],
    ['cpu.5m.svg', 'sa.short.5/sa20260305.000000', 5, '00:00:30', '00:05:30'],
    ['cpu.15m.1.svg', 'sa.short.5/sa20260304.233000', 5, '23:50:30', undefined],
    ['cpu.15m.2.svg', 'sa.short.5/sa20260305.000000', 5, '00:00:00', '00:05:30'],
    ['cpu.60m.1.svg', 'daily/sa04', 30, '23:05:30', undefined],
    ['cpu.60m.2.svg', 'daily/sa05', 30, '00:00:00', '00:05:30'],
  ] as const)('%s shows what sadf -j prints of %s', (name, file, step, begin, end) => {
    const values = userOf(join(folder, file), step, begin, end)
    const { curves } = user(name)
    expect(values.length).toBeGreaterThan(step === 30 && end ? 8 : 20)
    expect(curves['%user']).toEqual(curveOf(values, step))
  })

  it('shows the longest span with a point a minute', () => {
    const values = userOf(join(folder, 'daily/sa04'), 60, '18:05:30')
    expect(values.length).toBe(60)
    const { min, max, bars } = curveOf(values, 60)
    const drawn = user('cpu.360m.1.svg').curves['%user']
    expect(drawn).toMatchObject({ min, max })
    // Where the first point lies is sadf's business: half a minute after the first sample.
    expect(drawn?.bars.map(([, value]) => value)).toEqual(bars.map(([, value]) => value))
  })

  it('has a page with the host’s name, the time, and a link to each graph, no other', () => {
    const page = read('index.html')
    expect(page).toContain('<h1>instance-1</h1>')
    expect(page).toContain('Last update: <time>2026-03-05 00:05:30</time>')
    const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, name]) => name).sort()
    expect(links).toEqual(graphs())
    expect(page).toContain(
      '<a href="net.15m.1.svg">net, until midnight</a><br><a href="net.15m.2.svg">net, since midnight</a>',
    )
  })
})

describe('later', () => {
  it('at midnight itself a span is one graph, of the day that ends', () => {
    render(folder, '2026-03-05T00:00:00')
    expect(graphs()).toEqual(expect.arrayContaining(all('60m').filter(name => !name.startsWith('disk'))))
    expect(graphs().join()).not.toMatch(/m\.[12]\.svg/)
    expect(user('cpu.60m.svg').times.at(-1)).toMatch(/^23:59/)
  })

  it('a span that has left midnight behind is one graph again, and the two are gone', () => {
    render(folder, '2026-03-05T00:05:30')
    expect(graphs()).toContain('cpu.5m.svg')
    expect(graphs()).toContain('cpu.15m.1.svg')
    render(folder, '2026-03-05T00:16:00')
    expect(graphs()).toContain('cpu.15m.svg')
    expect(graphs().join()).not.toContain('cpu.15m.1')
    expect(graphs()).toContain('cpu.30m.1.svg')
  })

  it('a span without samples has no graph, and the page says so', () => {
    render(folder, '2026-03-05T08:00:00')
    expect(graphs()).toEqual([])
    expect(read('index.html').match(/nothing to draw/g)).toHaveLength(21)
  })

  it('last month’s file of the same day is not drawn', () => {
    render(folder, '2026-04-05T00:05:00')
    expect(graphs()).toEqual([])
  })

  it('after a restart of the collector the file with more of the span is drawn', () => {
    collect('sa.short.5/sa20260305.000500', '2026-03-05T00:05:00', '2026-03-05T00:07:00', 5)
    render(folder, '2026-03-05T00:07:00')
    expect(user('cpu.5m.svg').times.at(-1)).toMatch(/^00:05/)
    render(folder, '2026-03-05T00:10:00')
    utimesSync(join(folder, 'sa.short.5/sa20260305.000500'), epoch('2026-03-05T00:10:00'), epoch('2026-03-05T00:10:00'))
    render(folder, '2026-03-05T00:10:00')
    expect(user('cpu.5m.svg').times[0]).toMatch(/^00:05/)
  })
})
