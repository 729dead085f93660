import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, readSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { watchDisks } from '../../bench/array-faults/disk-watch.ts'
import type { Machines } from '../../bench/array-faults/machines.ts'
import { temporaryFolder } from '../temporary.ts'

const bench = join(import.meta.dirname, '../../bench')

it('sees who writes and who dies, also where a machine comes back between two looks', async () => {
  const pids: Record<string, number | undefined> = { a: process.pid, b: process.pid }
  const counts: Record<string, number> = { a: 10, b: 3 }
  const machines = {
    controllers: [{ name: 'a' }, { name: 'b' }],
    disks: [],
    pid: ({ name }: { name: string }) => pids[name],
    diskWrites: async ({ name }: { name: string }) => counts[name],
  } as unknown as Machines
  const watch = watchDisks(machines)
  await sleep(400)
  expect(watch.seen.bursts).toEqual([])
  counts.a = 15
  await sleep(400)
  expect(watch.seen.bursts).toEqual([expect.objectContaining({ node: 'a', writes: 5 })])
  // Another process, and what its machine has written since it began.
  Object.assign(pids, { a: process.ppid })
  Object.assign(counts, { a: 2 })
  await sleep(400)
  const { bursts, deaths } = await watch.stop()
  expect(bursts.map(({ node, writes }) => [node, writes])).toEqual([
    ['a', 5],
    ['a', 2],
  ])
  expect(deaths).toEqual([expect.objectContaining({ node: 'a' })])
})

it('sees for how long a machine hangs', async () => {
  const child = spawn('sleep', ['60'])
  try {
    const machines = {
      ...{ controllers: [{ name: 'a' }], disks: [] },
      ...{ pid: () => child.pid, diskWrites: async () => 0 },
    } as unknown as Machines
    const watch = watchDisks(machines)
    for (const name of ['SIGSTOP', 'SIGCONT', 'SIGSTOP', 'SIGCONT'] as const) {
      child.kill(name)
      await sleep(500)
    }
    const { hangs } = await watch.stop()
    expect(hangs.map(({ node }) => node)).toEqual(['a', 'a'])
    for (const { from, to } of hangs) expect(to - from).toBeGreaterThan(150)
  } finally {
    child.kill('SIGKILL')
  }
})

it('a node says whether I/O can reach the pool', async () => {
  const log = join(temporaryFolder('node-watch'), 'log')
  const child = spawn('python3', ['-IS', join(bench, 'array-faults/node-watch.py'), log])
  try {
    await expect
      .poll(() => readOr(log), { timeout: 15_000 })
      .toMatch(/^\nstar-node-watch [0-9a-f-]{36} \d+\.\d{3} 0\n$/)
  } finally {
    child.kill()
  }
})

it('a writer finds what came late and over a newer block', async () => {
  const folder = temporaryFolder('writer')
  const [disk, report] = [join(folder, 'disk'), join(folder, 'report')]
  writeFileSync(disk, '')
  truncateSync(disk, 32768 * 8192)
  const child = spawn('python3', [join(bench, 'writer.py'), disk, report, '40000'], { stdio: 'inherit' })
  const over = once(child, 'exit')
  const file = openSync(disk, 'r+')
  const begins = (number: number) => {
    const bytes = Buffer.alloc(16)
    readSync(file, bytes, 0, 16, (number % 32768) * 8192)
    return bytes.some(byte => byte !== 0)
  }
  await expect.poll(() => begins(40005), { timeout: 15_000 }).toBe(true)
  writeSync(file, Buffer.alloc(512), 0, 512, (40003 % 32768) * 8192)
  closeSync(file)
  writeFileSync(`${report}.stop`, '')
  await over
  const written = JSON.parse(readFileSync(report, 'utf8'))
  expect(written).toMatchObject({ errors: [], bad: [40003] })
  expect(written.writes).toBeGreaterThan(5)
  rmSync(disk)
})

const readOr = (file: string) => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
