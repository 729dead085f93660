/** When a gate of each controller led to the pool, as the nodes themselves saw it. All times are milliseconds since the epoch. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Death } from './disk-watch.ts'
import type { Machines, Place } from './machines.ts'
import type { Active } from './one-writer.ts'

const program = readFileSync(join(import.meta.dirname, 'node-watch.py'), 'base64')
const unit = 'star-node-watch.service'

const service = `[Unit]
Description=Bench of STAR: when I/O can reach the pool here
Before=pacemaker.service
[Service]
ExecStart=/usr/bin/python3 -IS /usr/local/sbin/star-node-watch /dev/console
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

/** Begins now, with both controllers up; what it returns tells their spans until then. */
export async function watchNodes(machines: Machines): Promise<(deaths: Death[]) => Promise<Active[]>> {
  const from = Date.now()
  // A node's clock is set anew by each boot, from one that knows whole seconds only.
  const clocks = new Map(await Promise.all(machines.controllers.map(place => clockOf(machines, place))))
  return async deaths => {
    const now = Date.now()
    const spans = machines.controllers.map(async place => {
      // One that is not back has said what it had to say.
      const clock = await clockOf(machines, place).catch(() => undefined)
      if (clock) clocks.set(...clock)
      const changes = readChanges(readFileSync(machines.consoleLog(place), 'latin1'), clocks)
      const died = deaths.filter(({ node }) => node === place.name).map(death => death.from)
      return activeSpans(changes, died, { from, now }).map(span => ({ node: place.name, ...span }))
    })
    return (await Promise.all(spans)).flat()
  }
}

/** Of the boot that a node is in: its id, and what to add to its clock. */
async function clockOf(machines: Machines, place: Place): Promise<[string, number]> {
  const boot = await machines.run(place, 'cat /proc/sys/kernel/random/boot_id')
  return [boot.trim(), await machines.clockOffset(place)]
}

interface Change {
  at: number
  active: boolean
}

/** What a node said on its console. `clocks`: boot → what to add to its clock; a boot that is unknown had this computer's. */
export function readChanges(text: string, clocks: Map<string, number>): Change[] {
  const said = text.matchAll(/star-node-watch ([0-9a-f-]{36}) (\d+\.\d{3}) ([01])/g)
  return [...said].map(([, boot = '', seconds, active]) => ({
    at: Number(seconds) * 1000 + (clocks.get(boot) ?? 0),
    active: active === '1',
  }))
}

/** From each change to `active` to the next change, or to the death of the machine in between. */
export function activeSpans(changes: Change[], died: number[], { from, now }: { from: number; now: number }) {
  return changes.flatMap(({ at, active }, i) => {
    const next = changes[i + 1]?.at ?? now
    const to = Math.min(next, ...died.filter(death => death > at))
    return active && to > from ? [{ from: Math.max(at, from), to }] : []
  })
}
