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

export const ownMark = (): string => own

export function isAlive(mark: string): boolean {
  return mark === own || processMark(Number.parseInt(mark, 10)) === mark
}
