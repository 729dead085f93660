/**
 * The power switch as a process of its own, over machines that are processes, too: what stands for QEMU here is a daemon
 * that joins the machine's port to a socket, at which this test speaks as the fence agent in the machine would.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartInstancesCommand, StopInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2'
import { afterAll, describe, expect, it } from 'vitest'
import { openCloud } from '../../infra/local/cloud.ts'
import type { InstanceRecord } from '../../infra/local/ec2-records.ts'
import { newId } from '../../infra/local/ids.ts'
import { livingPid } from '../../infra/local/machines/process.ts'
import { machineFiles } from '../../infra/local/machines/qemu.ts'
import { qemuDriver } from '../../infra/local/machines/qemu-driver.ts'
import { temporaryFolder } from '../temporary.ts'

const bin = temporaryFolder('bin')
copyFileSync(join(import.meta.dirname, 'fake-qemu.py'), join(bin, 'qemu-system-x86_64'))
// No machine here talks to another one.
const network = `#!/bin/sh
mkdir -p "$7" && : >"$7/ctl"
sh -c 'while sleep 1; do :; done' "$7" </dev/null >/dev/null 2>&1 &
echo $! >"$9"`
writeFileSync(join(bin, 'vde_switch'), network, { mode: 0o755 })
process.env.PATH = `${bin}${delimiter}${process.env.PATH}`

const ends: Array<() => Promise<void>> = []
afterAll(async () => {
  for (const end of ends) await end()
})

/** A cloud of its own, in which nothing is yet. */
function bench() {
  const home = temporaryFolder('fence')
  const image = { name: 'none', folder: join(home, 'image') }
  const driver = qemuDriver({ home, image })
  const cloud = openCloud({ home, driver, documents: new Map() })
  ends.push(async () => {
    for (const { id } of cloud.store.list<InstanceRecord>('instance')) await driver.destroy(id)
    await driver.close()
    cloud.close()
  })
  const record = (id: string) => cloud.store.get<InstanceRecord>('instance', id)
  return {
    driver,
    /** An instance that is stopped, with a root disk of its own. */
    instance(node: string, array = 'star0001', role = 'controller'): string {
      const id = newId('i')
      const tags = { 'star:array': array, 'star:role': role, 'star:node': node }
      cloud.store.put('instance', id, {
        ...{ id, tags, state: 'stopped', ran: true, registered: true, address: '172.31.0.9', groups: [], launched: 0 },
        ...{ reservation: 'r-1', token: { request: '' }, image: 'ami-1', type: 't3a.medium', zone: '', subnet: '' },
      } satisfies InstanceRecord)
      const files = machineFiles(home, id)
      mkdirSync(files.folder, { recursive: true })
      mkdirSync(image.folder, { recursive: true })
      writeFileSync(files.root, '')
      writeFileSync(files.image, image.folder)
      return id
    },
    start: (...ids: string[]) => cloud.ec2.send(new StartInstancesCommand({ InstanceIds: ids })),
    stop: (...ids: string[]) => cloud.ec2.send(new StopInstancesCommand({ InstanceIds: ids, Force: true })),
    terminate: (...ids: string[]) => cloud.ec2.send(new TerminateInstancesCommand({ InstanceIds: ids })),
    record,
    state: (id: string) => record(id)?.state,
    pidOf: (id: string) => livingPid(machineFiles(home, id).pid, id),
    switchPid: () => livingPid(join(home, 'power-switch.pid'), join(home, 'power-switch')),
    switchLog: () => readFileSync(join(home, 'power-switch.log'), 'utf8'),
    hasPort: (id: string) => existsSync(machineFiles(home, id).power),
    /** What the machine hears of what it says: an answer to each line, or what there is after `ms`. */
    say(id: string, words: string, ms = 0): Promise<string> {
      return new Promise(resolve => {
        const socket = createConnection(join(machineFiles(home, id).folder, 'guest'))
        let heard = ''
        const answers = words.split('\n').filter(line => line !== '').length
        const end = () => {
          socket.destroy()
          resolve(heard)
        }
        socket.setEncoding('latin1')
        socket.on('data', data => {
          heard += data
          if (ms === 0 && heard.split('\n').length > answers) end()
        })
        // Its machine died.
        socket.once('error', end)
        socket.once('close', end)
        socket.once('connect', () => socket.write(words))
        if (ms > 0) setTimeout(end, ms)
      })
    },
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50)
}

describe.concurrent('the power switch', () => {
  it('tells a controller of its partner, takes its power, and gives it back by itself', async () => {
    const { instance, pidOf, record, say, start, state, switchLog } = bench()
    const [one, two] = [instance('a-ctl1'), instance('a-ctl2')]
    await start(one, two)
    expect(await say(one, 'w1 status a-ctl2\n')).toBe('w1 on\n')
    expect(await say(one, '\nw2 reboot a-ctl2\n')).toBe('w2 off\n')
    // Said only once it is so.
    expect(pidOf(two)).toBeUndefined()
    expect(record(two)).toMatchObject({ state: 'stopping', reason: { Message: 'Fenced by a-ctl1' } })
    expect(await say(one, 'w3 reboot a-ctl2\nw4 status a-ctl2\n')).toBe('w3 off\nw4 off\n')
    await until(() => state(two) === 'running')
    expect(pidOf(two)).toBeDefined()
    expect(record(two)).not.toHaveProperty('back')
    expect(record(two)?.reason).toBeUndefined()
    expect(await say(two, 'w5 status a-ctl1\n')).toBe('w5 on\n')
    expect(switchLog()).toMatch(/a-ctl1: reboot a-ctl2, which was on\n.*which was off\n.*a-ctl2 has power again\n/s)
  })

  it('gives power back to a machine that had lost it, too', async () => {
    const { driver, instance, pidOf, say, start, state } = bench()
    const [one, two] = [instance('a-ctl1'), instance('a-ctl2')]
    await start(one, two)
    await driver.stop(two, { force: true })
    expect(await say(one, 'w status a-ctl2\n')).toBe('w off\n')
    expect(await say(one, 'w reboot a-ctl2\n')).toBe('w off\n')
    await until(() => state(two) === 'running' && pidOf(two) !== undefined)
  })

  it('lets one of two win that shoot at each other', async () => {
    const { instance, pidOf, say, start, state } = bench()
    const [one, two] = [instance('a-ctl1'), instance('a-ctl2')]
    await start(one, two)
    const answers = await Promise.all([say(one, 'w off a-ctl2\n'), say(two, 'w off a-ctl1\n')])
    expect(answers.sort()).toEqual(['', 'w off\n'])
    expect([pidOf(one), pidOf(two)].filter(pid => pid !== undefined)).toHaveLength(1)
    expect([state(one), state(two)].filter(state => state === 'stopped')).toHaveLength(1)
  })

  it('has an ear for nobody but the partner', async () => {
    const { hasPort, instance, pidOf, say, start } = bench()
    const [one, two] = [instance('a-ctl1'), instance('a-ctl2')]
    const [other, host] = [instance('b-ctl2', 'star0002'), instance('instance-1', 'star0001', 'host')]
    await start(one, two, other, host)
    for (const name of ['a-ctl1', 'b-ctl2', 'instance-1', 'nobody']) {
      expect(await say(one, `w off ${name}\n`)).toBe(`w error ${name} is not the partner of a-ctl1\n`)
    }
    expect(await say(one, 'w explode a-ctl2\nw off\noff a-ctl2\n', 300)).toBe('')
    expect([one, two, other, host].map(id => pidOf(id) !== undefined)).toEqual([true, true, true, true])
    expect(hasPort(host)).toBe(false)
  })

  it('never starts what was stopped on purpose', async () => {
    const { instance, pidOf, record, say, start, state, stop } = bench()
    const [one, two] = [instance('a-ctl1'), instance('a-ctl2')]
    await start(one, two)
    await stop(two)
    expect(await say(one, 'w reboot a-ctl2\n')).toBe('w off\n')
    expect(await say(one, 'w on a-ctl2\n')).toBe('w error a-ctl2 was stopped on purpose\n')
    // Nor what is stopped while its power is away.
    await start(two)
    await until(async () => (await say(one, 'w status a-ctl2\n')) === 'w on\n')
    expect(await say(one, 'w reboot a-ctl2\n')).toBe('w off\n')
    await stop(two)
    expect([state(two), record(two)?.reason]).toEqual(['stopped', undefined])
    expect(await say(one, 'w on a-ctl2\n')).toBe('w error a-ctl2 was stopped on purpose\n')
    await sleep(11_000)
    expect([state(two), pidOf(two)]).toEqual(['stopped', undefined])
  }, 60_000)

  it('gives power back at once where it is asked to', async () => {
    const { instance, record, say, start, state } = bench()
    const [one, two] = [instance('a-ctl1'), instance('a-ctl2')]
    await start(one, two)
    // Off is the last word, also after a reboot.
    expect(await say(one, 'w reboot a-ctl2\nw off a-ctl2\n')).toBe('w off\nw off\n')
    expect(record(two)).toMatchObject({ state: 'stopped', reason: { Message: 'Fenced by a-ctl1' } })
    expect(record(two)?.back).toBeUndefined()
    expect(await say(one, 'w on a-ctl2\n')).toBe('w on\n')
    expect(state(two)).toBe('running')
  })

  it('is one for all machines, ends when the last controller is off, and starts with the next', async () => {
    const { instance, start, stop, switchPid, terminate } = bench()
    const [one, two] = [instance('a-ctl1'), instance('a-ctl2')]
    await start(one, two)
    await until(() => switchPid() !== undefined)
    const first = switchPid()
    await stop(two)
    await sleep(1500)
    expect(switchPid()).toBe(first)
    await stop(one)
    await until(() => switchPid() === undefined && !existsSync(`/proc/${first}`))
    await start(two)
    await until(() => switchPid() !== undefined)
    expect(switchPid()).not.toBe(first)
    // The last of all machines takes it along.
    await terminate(one, two)
    expect(switchPid()).toBeUndefined()
  })

  it('is started again with a machine after it was killed, and ends where machines died by themselves', async () => {
    const { instance, pidOf, say, start, state, switchPid } = bench()
    const [one, two] = [instance('a-ctl1'), instance('a-ctl2')]
    await start(one)
    await until(() => switchPid() !== undefined)
    const first = switchPid() as number
    process.kill(first, 'SIGKILL')
    await until(() => switchPid() === undefined)
    await start(two)
    expect(await say(two, 'w status a-ctl1\n')).toBe('w on\n')
    for (const id of [one, two]) process.kill(pidOf(id) as number, 'SIGKILL')
    await until(() => switchPid() === undefined)
    expect([state(one), state(two)]).toEqual(['stopped', 'stopped'])
  })
})
