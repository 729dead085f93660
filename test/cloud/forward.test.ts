/**
 * The way from loopback to a machine, over a real switch. In the machine's place stands vde2's slirpvde with its address:
 * it hands what comes to it to a web server of this test.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forward } from '../../infra/local/machines/forward.ts'
import { network } from '../../infra/local/machines/network.ts'
import { temporaryFolder } from '../temporary.ts'

const home = temporaryFolder('way')
const address = '172.31.0.12'
const large = 'x'.repeat(1024 * 1024)
const web = createServer((request, answer) =>
  answer.end(request.url === '/large' ? large : `${request.url} of the machine`),
)
let port: number
let machine: ChildProcess

beforeAll(async () => {
  await network(home).start()
  await new Promise<void>(resolve => web.listen(0, '127.0.0.1', resolve))
  port = (web.address() as AddressInfo).port
  machine = spawn('slirpvde', ['-s', network(home).socket, '-H', `${address}/16`], { stdio: 'ignore' })
  await new Promise((resolve, reject) => {
    machine.once('spawn', resolve)
    machine.once('error', reject)
  })
})
afterAll(async () => {
  machine?.kill('SIGKILL')
  web.close()
  await network(home).stop()
})

/** Addresses of this computer, in hexadecimal, on which something listens at this port. */
const listening = (at: number) =>
  ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap(file => readFileSync(file, 'utf8').split('\n').slice(1))
    .map(line => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === '0A' && Number.parseInt(local?.split(':')[1] ?? '', 16) === at)
    .map(([, local]) => local?.split(':')[0])

describe('a port that is forwarded', () => {
  it('leads to the machine’s, several requests at once, and is gone when it is closed', async () => {
    const way = await forward(home, { address, port })
    const url = `http://127.0.0.1:${way.port}`
    const answers = await Promise.all(['/a', '/b', '/c'].map(async path => (await fetch(url + path)).text()))
    expect(answers).toEqual(['/a', '/b', '/c'].map(path => `${path} of the machine`))
    expect(await (await fetch(`${url}/large`)).text()).toBe(large)
    await way.close()
    await expect(fetch(url)).rejects.toThrow('fetch failed')
    expect(listening(way.port)).toEqual([])
  })

  it('listens on 127.0.0.1 and nowhere else', async () => {
    const way = await forward(home, { address, port })
    expect(listening(way.port)).toEqual(['0100007F'])
    await way.close()
  })

  it('is the one that was asked for; one that is taken is refused', async () => {
    const taken = forward(home, { address, port }, port)
    await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' })
    const free = await forward(home, { address, port })
    await free.close()
    const again = await forward(home, { address, port }, free.port)
    expect(again.port).toBe(free.port)
    await again.close()
  })

  it('says why it ended where there is no switch', async () => {
    await expect(forward(temporaryFolder('none'), { address, port })).rejects.toThrow(/cannot be forwarded: .*vde/s)
  })

  it('ends with the process that opened it, even when that is killed', async () => {
    const module = new URL('../../infra/local/machines/forward.ts', import.meta.url)
    const text = `
      const { forward } = await import(${JSON.stringify(module.href)})
      const { port } = await forward(${JSON.stringify(home)}, ${JSON.stringify({ address, port })})
      console.log(port)
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', text], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [data] = await new Promise<Buffer[]>(resolve => child.stdout.once('data', (...all) => resolve(all)))
    const there = Number(String(data))
    expect(listening(there)).toHaveLength(1)
    child.kill('SIGKILL')
    for (let i = 0; i < 50 && listening(there).length > 0; i++) await sleep(100)
    expect(listening(there)).toEqual([])
  })
})
