/**
 * `power-switch.ts <cloud folder>/power-switch <image folder>`: the power switch of the local cloud, what EC2's API is to
 * fence_aws. Each controller's machine is wired to it by a port of its own, so the port says who asks, and a controller
 * may ask about its partner and nobody else. A line is a request, `<id> <verb> <partner>`, answered with `<id> on`,
 * `<id> off` or `<id> error <why>`:
 *
 *   status   whether the partner has power
 *   off      takes its power; `off` is said once its machine is gone
 *   reboot   the same, and the power comes back by itself
 *   on       gives it back now, unless somebody stopped it on purpose
 *
 * Requests are served one at a time, and a machine that is off asks for nothing: of two that shoot at each other one is
 * left. It ends by itself once no controller's machine runs.
 */
import { existsSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { basename, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from './clock.ts'
import { isDue, powerBack, powerOff } from './ec2-fence.ts'
import { type InstanceRecord, isLive } from './ec2-records.ts'
import { machineFiles } from './machines/qemu.ts'
import { qemuDriver } from './machines/qemu-driver.ts'
import type { Cloud } from './route.ts'
import { settleInstance } from './settle.ts'
import { openStore } from './store.ts'

const LOOK_MS = 1_000

const [base = '', imageFolder = ''] = process.argv.slice(2)
const home = dirname(base)
const driver = qemuDriver({ home, image: { name: basename(imageFolder), folder: imageFolder } })
const store = openStore(home)
const cloud: Cloud = {
  home,
  store,
  driver,
  clock: systemClock,
  calendar: at => at,
  documents: new Map(),
  image: basename(imageFolder),
  eventual: false,
  engine: {},
}
const wires = new Map<string, Socket>()
let turn: Promise<unknown> = Promise.resolve()

const log = (text: string) => console.error(`${new Date().toISOString()} ${text}`)

/** One thing at a time, in the order in which they came. */
function inTurn(work: () => Promise<void>): Promise<void> {
  const done = turn.then(work).catch(error => log(String(error)))
  turn = done
  return done
}

const nameOf = ({ tags }: InstanceRecord) => tags['star:node'] ?? ''
const isOn = async ({ id }: InstanceRecord) => (await driver.state(id)) === 'running'

const controllers = () =>
  store.list<InstanceRecord>('instance').filter(each => isLive(each) && each.tags['star:role'] === 'controller')

/** A machine's port is there a moment after its process. */
function wire({ id }: InstanceRecord): void {
  const socket = connect(machineFiles(home, id).power)
  wires.set(id, socket)
  let text = ''
  socket.setEncoding('latin1')
  socket.on('data', data => {
    const lines = (text + data).split('\n')
    text = (lines.pop() ?? '').slice(-200)
    for (const line of lines) {
      const request = /^(\S{1,40}) (status|off|reboot|on) (\S{1,63})$/.exec(line)
      if (request === null) continue
      const [, word, verb = '', target = ''] = request
      void inTurn(async () => {
        const answer = await serve(id, verb, target)
        if (answer !== undefined) socket.write(`${word} ${answer}\n`)
      })
    }
  })
  socket.on('error', () => undefined)
  socket.on('close', () => wires.delete(id))
}

/** `on`, `off` or `error …`; nothing for a machine that is off by now. */
async function serve(asker: string, verb: string, target: string): Promise<string | undefined> {
  const all = controllers()
  const own = all.find(({ id }) => id === asker)
  if (own === undefined || !(await isOn(own))) return undefined
  const partner = all.find(
    each => each !== own && each.tags['star:array'] === own.tags['star:array'] && nameOf(each) === target,
  )
  if (partner === undefined) return `error ${target} is not the partner of ${nameOf(own)}`
  if (verb === 'off' || verb === 'reboot') {
    const was = (await isOn(partner)) ? 'on' : 'off'
    await powerOff(cloud, partner.id, nameOf(own), verb === 'reboot')
    log(`${nameOf(own)}: ${verb} ${target}, which was ${was}`)
  }
  if (verb === 'on') {
    await powerBack(cloud, partner.id)
    log(`${nameOf(own)}: on ${target}`)
    if (!(await isOn(partner))) return `error ${target} was stopped on purpose`
  }
  return (await isOn(partner)) ? 'on' : 'off'
}

/** True while the switch is needed. */
async function look(): Promise<boolean> {
  const all = controllers()
  const running = new Set<string>()
  for (const each of all) if (await isOn(each)) running.add(each.id)
  for (const each of all) {
    if (running.has(each.id) && !wires.has(each.id)) wire(each)
    if (isDue(each, Date.now())) {
      await inTurn(async () => {
        await powerBack(cloud, each.id)
        log(`${nameOf(each)} has power again`)
      })
    }
  }
  if (running.size > 0 || all.some(({ back }) => back !== undefined)) return true
  for (const each of all) await settleInstance(cloud, each)
  return store.transact(() => {
    const wanted = controllers().some(({ state }) => state !== 'stopped')
    // Whoever starts a machine writes that down first, and then looks for this file.
    if (!wanted) rmSync(`${base}.pid`, { force: true })
    return wanted
  })
}

/** A record that is busy, or damaged, must not take the switch away from those who depend on it. */
async function needed(): Promise<boolean> {
  try {
    return await look()
  } catch (error) {
    log(String(error))
    return existsSync(home)
  }
}

while (await needed()) await sleep(LOOK_MS)
await turn
process.exit(0)
