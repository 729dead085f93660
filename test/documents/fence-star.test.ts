/**
 * The fence agent on a node, with a pseudo-terminal in the place of the port: what stands at its other end here answers
 * as the power switch does, by what a file says of the partner, and takes that power away.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { documentText, Node, which } from './node.ts'

const other = `
import os, sys, time, tty
folder = sys.argv[1]
master, port = os.openpty()
tty.setraw(port)
os.makedirs(folder + '/dev/virtio-ports')
os.symlink(os.ttyname(port), folder + '/dev/virtio-ports/star.power')
if sys.argv[2]:
    os.write(master, sys.argv[2].encode())
print('ready', flush=True)
text = ''
while True:
    text += os.read(master, 1000).decode()
    *lines, text = text.split('\\n')
    for line in filter(None, lines):
        with open(folder + '/heard', 'a') as file:
            file.write('%.1f %s\\n' % (time.time(), line))
        word, verb, name = line.split()
        with open(folder + '/partner') as file:
            state = file.read()
        if state == 'mute':
            continue
        if verb != 'status' and not state.startswith('error'):
            state = 'on' if verb == 'on' else 'off'
            with open(folder + '/partner', 'w') as file:
                file.write(state)
        os.write(master, (word + ' ' + state + '\\n').encode())
`

const running: ChildProcess[] = []
afterEach(() => {
  for (const each of running.splice(0)) each.kill('SIGKILL')
})

/** A controller whose partner is as said. `left` is what an earlier agent did not read. */
async function controller(partner: string, { active = false, left = '' } = {}) {
  const node = new Node('debian-12', 'star0001-ctl1')
  node.put('/state/name', 'star0001-ctl1\n')
  node.put('/partner', partner)
  if (active) node.put('/run/star/promoted', '')
  const switched = spawn(which('python3'), ['-c', other, node.root, left], { stdio: ['ignore', 'pipe', 'inherit'] })
  running.push(switched)
  await new Promise(resolve => switched.stdout.once('data', resolve))
  const file = node.path('/fence_star')
  writeFileSync(file, node.contain(documentText('files/fence_star')))
  return {
    /** Exit code, seconds, and what was said on standard error. */
    async fence(options: string) {
      const began = performance.now()
      const agent = spawn(node.path('/bin/bash'), [file], { env: { PATH: node.path('/bin'), NODE_ROOT: node.root } })
      let said = ''
      let printed = ''
      agent.stderr.on('data', data => {
        said += data
      })
      agent.stdout.on('data', data => {
        printed += data
      })
      agent.stdin.end(options)
      const status = await new Promise<number | null>(resolve => agent.once('close', resolve))
      return { status, said, printed, seconds: (performance.now() - began) / 1000 }
    },
    /** Verbs and names, in their order. */
    heard: () => {
      const lines = node.exists('/heard') ? node.read('/heard').trimEnd().split('\n') : []
      return lines.map(line => line.split(' ').slice(2).join(' '))
    },
    partner: () => readFileSync(node.path('/partner'), 'utf8'),
    unplug: () => rmSync(node.path('/dev/virtio-ports/star.power')),
  }
}

const reboot = 'action=reboot\nnodename=star0001-ctl2\nplug=star0001-ctl2\n'

describe('fence_star', () => {
  it('has a partner without power confirmed at once, on STANDBY too', async () => {
    const { fence, heard } = await controller('off')
    const { status, seconds } = await fence(reboot)
    expect(status).toBe(0)
    expect(seconds).toBeLessThan(2.5)
    expect(heard()).toEqual(['status star0001-ctl2', 'reboot star0001-ctl2'])
  })

  it('of a partner that runs: ACTIVE shoots at once, STANDBY waits before it does', async () => {
    const active = await controller('on', { active: true })
    const standby = await controller('on')
    const [first, second] = await Promise.all([active.fence(reboot), standby.fence(`${reboot}delay=4\n`)])
    expect([first.status, active.partner()]).toEqual([0, 'off'])
    expect([second.status, standby.partner()]).toEqual([0, 'off'])
    expect(active.heard()).toEqual(['reboot star0001-ctl2'])
    expect(second.seconds).toBeGreaterThan(4)
    expect(first.seconds).toBeLessThan(second.seconds - 2)
  })

  it('fails with the switch’s own words, and where the switch does not answer in time', async () => {
    const refused = await controller('error star0001-ctl2 was stopped on purpose')
    expect(await refused.fence('action=on\n')).toMatchObject({
      status: 1,
      said: 'fence_star: star0001-ctl2 was stopped on purpose\n',
    })
    const mute = await controller('mute', { active: true })
    const { status, said } = await mute.fence(`${reboot}seconds=2\n`)
    expect({ status, said }).toEqual({ status: 1, said: 'fence_star: the power switch did not answer within 2 s\n' })
    const alone = await controller('on', { active: true })
    alone.unplug()
    expect((await alone.fence(`${reboot}seconds=1\n`)).status).toBe(1)
    expect(alone.partner()).toBe('on')
  })

  it('tells the partner’s state, and whom it could fence', async () => {
    const { fence } = await controller('on')
    expect((await fence('action=status\n')).status).toBe(0)
    expect((await fence('action=monitor\n')).status).toBe(0)
    expect((await fence('action=off\n delay=0\n')).status).toBe(0)
    expect((await fence('action=status\nport=star0001-ctl2\n')).status).toBe(2)
    expect((await fence('action=monitor\n')).status).toBe(0)
    expect((await fence('action=on\n')).status).toBe(0)
    expect((await fence('action=status\n')).status).toBe(0)
    expect((await fence('action=list\n')).printed).toBe('star0001-ctl2,\n')
    expect((await fence('action=melt\n')).status).toBe(1)
  })

  it('takes no old answer for its own', async () => {
    const { fence } = await controller('on', { active: true, left: '77.1 off\n88.2 of' })
    expect((await fence('action=status\n')).status).toBe(0)
  })

  it('describes itself to Pacemaker: what it can do, and that nothing turns a node on by itself', async () => {
    const { fence } = await controller('on')
    const { status, printed } = await fence('action=metadata\n')
    expect(status).toBe(0)
    const actions = [...printed.matchAll(/<action name="(\w+)"( automatic="0")?/g)].map(
      ([, name, by]) => name + (by ?? ''),
    )
    expect(actions).toEqual(['on automatic="0"', 'off', 'reboot', 'status', 'monitor', 'list', 'metadata'])
  })
})
