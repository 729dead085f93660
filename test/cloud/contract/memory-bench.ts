import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type VirtualClock, virtualClock } from '../../../infra/local/clock.ts'
import {
  type MemoryDriver,
  type MemoryMachine,
  type MemoryOptions,
  memoryDriver,
  type Reply,
} from '../../../infra/local/memory-driver.ts'
import type { Bench } from './bench.ts'

export interface MemoryBench extends Bench {
  driver: MemoryDriver
  clock: VirtualClock
}

/** The in-memory driver, with machines that know the contract's documents. */
export function memoryBench(options: Partial<MemoryOptions> = {}): MemoryBench {
  const home = mkdtempSync(join(tmpdir(), 'star-cloud-'))
  const clock = virtualClock()
  const contents = new Map<string, string>()
  const driver = memoryDriver({ clock, reply: scripts(contents), ...options })
  return {
    name: 'in memory',
    home,
    driver,
    clock,
    real: false,
    cut: driver.cut,
    dispose: () => rmSync(home, { recursive: true, force: true }),
  }
}

/** What the contract's scripts do to a machine. A disk's contents are shared by all machines it is plugged into. */
function scripts(contents: Map<string, string>): MemoryOptions['reply'] {
  const rebooted = new Set<string>()
  return (document, { code, seconds, volume = '', text = '' }, machine, { commandId }): Reply => {
    switch (document) {
      case 'Test-exit':
        return { exitCode: Number(code), stdout: 'out\n', stderr: 'err\n' }
      case 'Test-sleep':
        return { stdout: 'before\nafter\n', durationMs: Number(seconds) * 1000 }
      case 'Test-flood':
        return { stdout: 'x'.repeat(30_000), stderr: 'y'.repeat(9_000) }
      case 'Test-boot-id':
        return { stdout: `${machine.bootId}\n` }
      case 'Test-disks':
        return { stdout: [...machine.plugged].map(id => `${byId(id)}\n`).join('') }
      case 'Test-write':
        return onDisk(machine, volume, () => {
          contents.set(volume, text)
          return {}
        })
      case 'Test-read':
        return onDisk(machine, volume, () => ({ stdout: `${contents.get(volume) ?? ''}\n` }))
      case 'Test-reboot':
        if (rebooted.has(commandId)) return { stdout: `again\n${machine.bootId}\n` }
        rebooted.add(commandId)
        return { exitCode: 194 }
      case 'Test-leave':
        machine.root.set('left', text)
        return {}
      case 'Test-left':
        return { stdout: `${machine.root.get('left') ?? ''}\n` }
      default:
        return { exitCode: 127, stderr: `${document}: not found` }
    }
  }
}

const byId = (volumeId: string) => `nvme-Amazon_Elastic_Block_Store_${volumeId.replace('-', '')}`

function onDisk({ plugged }: MemoryMachine, volume: string, work: () => Reply): Reply {
  const there = [...plugged].some(id => id.replace('-', '') === volume)
  return there ? work() : { exitCode: 1, stderr: `failed to open ${volume}` }
}
