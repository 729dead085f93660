import { randomUUID } from 'node:crypto'
import type { Clock } from './clock.ts'
import type { MachineDriver, MachineSpec, MachineState, Script, ScriptResult } from './driver.ts'

/**
 * Machines that exist only in memory and live in the time of the given clock. What a script does is told by `reply`;
 * everything else (power, boot, disks, one run for a command) behaves as machines do.
 */
export interface MemoryMachine extends MachineSpec {
  state: MachineState
  /** A new one at each boot, as `/proc/sys/kernel/random/boot_id`. */
  bootId: string
  /** When its agent answers: milliseconds of the clock. */
  onlineAt: number
  plugged: Set<string>
  /** What scripts left on its root disk. */
  root: Map<string, string>
  scripts: Map<string, Run>
}

export interface Reply {
  exitCode?: number
  stdout?: string
  stderr?: string
  /** How long the script runs. Infinity: until its time-out. */
  durationMs?: number
}

interface Run {
  endsAt: number
  result: Extract<ScriptResult, { state: 'Ended' }>
}

export interface MemoryOptions {
  clock: Clock
  /** From power on, or a reboot, to the agent's first answer. */
  bootMs?: number
  /** What a script answers. `parameters` are the document's, `machine` is the one it runs on and may be changed. */
  reply?: (document: string, parameters: Record<string, string>, machine: MemoryMachine, script: Script) => Reply
  /** Called before everything a driver does; what it throws is what the driver fails with. */
  fail?: (call: keyof MachineDriver, id: string, detail?: string) => void
}

export interface MemoryDriver extends MachineDriver {
  machines: Map<string, MemoryMachine>
  /** Volume id to size in GiB. */
  disks: Map<string, number>
  /** What was on the root disk that each was made of. */
  images: Map<string, Map<string, string>>
  /** The network is up. */
  open(): boolean
  /** The power fails: nobody asked for it, no command of the cloud knows. */
  cut(id: string): void
}

/** The agent starts a script that exits 194 again after the reboot, up to this many times. */
const maxStarts = 15

export function memoryDriver({
  clock,
  bootMs = 20_000,
  reply = () => ({}),
  fail = () => {},
}: MemoryOptions): MemoryDriver {
  const machines = new Map<string, MemoryMachine>()
  const disks = new Map<string, number>()
  const images: MemoryDriver['images'] = new Map()
  let open = false

  const running = (id: string) => {
    const machine = machines.get(id)
    if (machine?.state !== 'running') throw new Error(`${id} is not running`)
    return machine
  }
  const answering = (id: string) => {
    const machine = running(id)
    if (clock.now() < machine.onlineAt) throw new Error(`the agent of ${id} does not answer`)
    return machine
  }
  /** Scripts that run when the machine goes down are lost; those that had ended keep their answer. */
  const interrupt = (machine: MemoryMachine) => {
    for (const script of machine.scripts.values()) {
      if (script.endsAt <= clock.now()) continue
      const result = { ...script.result, exitCode: 1, stdout: '', stderr: '', timedOut: false, lost: true }
      Object.assign(script, { endsAt: clock.now(), result })
    }
  }
  const boot = (machine: MemoryMachine) => {
    interrupt(machine)
    Object.assign(machine, { state: 'running', bootId: randomUUID(), onlineAt: clock.now() + bootMs })
  }
  const plug = (machine: MemoryMachine, volume: string) => {
    if (!disks.has(volume)) throw new Error(`there is no disk ${volume}`)
    machine.plugged.add(volume)
  }
  const powerOff = (machine: MemoryMachine) => {
    interrupt(machine)
    machine.state = 'stopped'
    machine.plugged.clear()
  }

  return {
    machines,
    disks,
    images,
    open: () => open,
    cut: id => powerOff(running(id)),

    async start(spec) {
      fail('start', spec.id)
      open = true
      const found = machines.get(spec.id)
      if (found?.state === 'running') return
      const root = spec.image === undefined ? new Map() : images.get(spec.image)
      if (!found && !root) throw new Error(`there is no image ${spec.image}`)
      const fresh = {
        ...spec,
        state: 'stopped' as const,
        bootId: '',
        onlineAt: 0,
        plugged: new Set<string>(),
        root: new Map(root),
        scripts: new Map(),
      }
      const machine: MemoryMachine = Object.assign(found ?? fresh, spec)
      machines.set(spec.id, machine)
      for (const volume of spec.volumes) plug(machine, volume)
      boot(machine)
    },
    async state(id) {
      fail('state', id)
      return machines.get(id)?.state ?? 'absent'
    },
    async stop(id) {
      fail('stop', id)
      const machine = machines.get(id)
      if (machine) powerOff(machine)
    },
    async reboot(id) {
      fail('reboot', id)
      boot(running(id))
    },
    async destroy(id) {
      fail('destroy', id)
      machines.delete(id)
    },

    async saveImage(id, imageId) {
      fail('saveImage', id, imageId)
      const machine = machines.get(id)
      if (machine?.state !== 'stopped') throw new Error(`${id} is not off`)
      images.set(imageId, new Map(machine.root))
    },
    async removeImage(imageId) {
      fail('removeImage', imageId)
      images.delete(imageId)
    },

    async createDisk(volume, sizeGiB) {
      fail('createDisk', volume)
      if (!disks.has(volume)) disks.set(volume, sizeGiB)
    },
    async deleteDisk(volume) {
      fail('deleteDisk', volume)
      disks.delete(volume)
    },
    async plug(id, volume) {
      fail('plug', id, volume)
      plug(running(id), volume)
    },
    async unplug(id, volume) {
      fail('unplug', id, volume)
      running(id).plugged.delete(volume)
    },

    async ping(id) {
      const machine = machines.get(id)
      return machine?.state === 'running' && clock.now() >= machine.onlineAt
    },
    async send(id, script) {
      fail('send', id, script.document)
      const machine = answering(id)
      if (machine.scripts.has(script.commandId)) return
      machine.scripts.set(script.commandId, run(machine, script))
    },
    async result(id, commandId): Promise<ScriptResult> {
      fail('result', id, commandId)
      const machine = answering(id)
      const found = machine.scripts.get(commandId)
      if (found === undefined) throw new Error(`${id} has no command ${commandId}`)
      return clock.now() < found.endsAt ? { state: 'InProgress' } : found.result
    },

    async forget(id, commandId) {
      fail('forget', id, commandId)
      answering(id).scripts.delete(commandId)
    },

    async close() {
      fail('close', '')
      open = false
    },
  }

  /** The effect on the machine is there at once, the answer only when the script's time is over. */
  function run(machine: MemoryMachine, script: Script): Run {
    let endsAt = clock.now()
    for (let starts = 1; ; starts++) {
      const {
        exitCode = 0,
        stdout = '',
        stderr = '',
        durationMs = 0,
      } = reply(script.document, script.parameters, machine, script)
      const timedOut = durationMs > script.timeoutSeconds * 1000
      endsAt += Math.min(durationMs, script.timeoutSeconds * 1000)
      if (exitCode === 194 && !timedOut && starts < maxStarts) {
        boot(machine)
        endsAt += bootMs
        continue
      }
      const result = {
        state: 'Ended' as const,
        exitCode: timedOut ? 137 : exitCode,
        stdout,
        stderr,
        timedOut,
        lost: false,
      }
      return { endsAt, result }
    }
  }
}
