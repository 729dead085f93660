import { readFileSync } from 'node:fs'

/**
 * Which process does a piece of work: `<pid> <start time> <boot id>`. A pid alone comes round again; the time it
 * started and the boot it belongs to do not. Read from Linux's /proc.
 */
export function processMark(pid = process.pid): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may itself hold spaces and parentheses: count fields from after the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${pid} ${fields[19]} ${boot}`
  } catch {
    return undefined
  }
}

const own = processMark() ?? `${process.pid} 0 0`

/** Who works on the cloud: this process, and others that may die. */
export interface Workers {
  own(): string
  isAlive(mark: string): boolean
}

const processes: Workers = {
  own: () => own,
  isAlive: mark => mark === own || processMark(Number.parseInt(mark, 10)) === mark,
}
let workers = processes

export const ownMark = (): string => workers.own()
export const isAlive = (mark: string): boolean => workers.isAlive(mark)

/** Lets commands that live and die within one process take the place of processes; without any, processes are back. */
export function useWorkers(replacement: Workers = processes): void {
  workers = replacement
}
