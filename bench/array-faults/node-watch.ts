/** When a gate of each controller led to the pool, as the nodes themselves saw it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Death } from './disk-watch.ts'
import type { Machines, Place } from './machines.ts'
import type { Active } from './one-writer.ts'

const program = readFileSync(join(import.meta.dirname, 'node-watch.py'), 'base64')
const unit = 'star-node-watch.service'
/** In memory: what a boot ends is not taken for what came after it. */
const log = '/run/star-node-watch'

const service = `[Unit]
Description=Bench of STAR: when I/O can reach the pool here
Before=pacemaker.service
[Service]
ExecStart=/usr/bin/python3 -IS /usr/local/sbin/star-node-watch ${log}
Restart=always
[Install]
WantedBy=multi-user.target`

/** It comes with every boot, before the cluster does. */
export async function installNodeWatch(machines: Machines): Promise<void> {
  const line = [
    `echo ${program} | base64 -d >/usr/local/sbin/star-node-watch`,
    `echo ${Buffer.from(service).toString('base64')} | base64 -d >/etc/systemd/system/${unit}`,
    `ln -sf ../${unit} /etc/systemd/system/multi-user.target.wants/${unit}`,
    `systemctl daemon-reload && systemctl start ${unit}`,
    // A power cut keeps what is on disk only.
    'sync',
  ].join('\n')
  await Promise.all(machines.controllers.map(place => machines.run(place, `set -e\n${line}`)))
}

/** What a node's kernel says now, in this computer's time. */
async function read(machines: Machines, place: Place): Promise<{ at: number; active: boolean }[]> {
  const text = await machines.run(place, `cat ${log}`)
  const offset = await machines.clockOffset(place)
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split(' '))
    .map(([seconds, active]) => ({ at: Number(seconds) * 1000 + offset, active: active === '1' }))
}

/** Spans since `from`, of both controllers as they are now, and of `before`: who was at the pool then, until its machine died. */
export async function activeSpans(machines: Machines, from: number, before: Place, deaths: Death[]): Promise<Active[]> {
  const spans: Active[] = []
  const died = deaths.find(({ node }) => node === before.name)
  if (died) spans.push({ node: before.name, from, to: died.from })
  for (const place of machines.controllers) {
    const { name: node } = place
    const changes = await read(machines, place)
    for (const [i, { at, active }] of changes.entries()) {
      const to = changes[i + 1]?.at ?? Date.now()
      if (active && to > from) spans.push({ node, from: Math.max(at, from), to })
    }
  }
  return spans
}
