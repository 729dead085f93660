/** star-target with its configuration in a folder, and configfs.py in place of the kernel's target. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { source, which } from './node.ts'

export const uuids = ['01234567-89ab-cdef-0123-456789abcdef', '11111111-2222-3333-4444-555555555555'] as const
export const host = (n: number) => `iqn.2023-09.com.example:host${n}-initiator`

export class Target {
  readonly folder = mkdtempSync(join(tmpdir(), 'star-target-'))

  constructor(settings = 'STANDBY_NON_OPTIMIZED=1\n') {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }))
    mkdirSync(join(this.folder, 'star'))
    this.put('starname', 'star0001\n')
    this.put('config', settings)
    this.put('lunlist', `LUN0 ${uuids[0]} 3072M\nLUN1 ${uuids[1]} 4096M\n`)
    this.put('hostlist', `instance-1 ${host(1)} LUN0,LUN1\ninstance-2 ${host(2)} \ninstance-3 ${host(3)} LUN1\n`)
  }

  put(name: string, text: string): void {
    writeFileSync(join(this.folder, 'star', name), text)
  }

  /** Devices whose path has this part are not there. */
  miss(part: string): void {
    writeFileSync(join(this.folder, 'missing'), part)
  }

  /** As STARorbit's promote says it. */
  promoted(): void {
    writeFileSync(join(this.folder, 'run/promoted'), '')
  }

  /** Names in /run/star/served. */
  served(): string[] {
    const lines = readFileSync(join(this.folder, 'run/served'), 'utf8').split('\n')
    return lines.filter(Boolean).map(line => line.split(' ')[0] as string)
  }

  saved(role: string): Record<string, unknown> {
    return JSON.parse(readFileSync(join(this.folder, `saveconfig.json${role}`), 'utf8'))
  }

  /** Every command in turn. `fail` is part of a path: the first change below it is refused. */
  run(commands: string, { node = 1, fail = '' } = {}) {
    const words = [join(import.meta.dirname, 'configfs.py'), join(source, 'files/star-target'), this.folder]
    const output = execFileSync(which('python3'), [...words, `star0001-ctl${node}`, ...commands.split(' ')], {
      encoding: 'utf8',
      env: { ...process.env, STAR_FAIL: fail },
    })
    const { changes, ...rest } = JSON.parse(output) as { changes: string[]; printed: unknown[]; error: string | null }
    // A run of changes for each command.
    const runs: string[][] = [[]]
    for (const change of changes) {
      if (change.startsWith('-- ')) runs.push([])
      else runs.at(-1)?.push(change.replaceAll(TPG, 'TPG'))
    }
    return { ...rest, runs: runs.slice(0, -1) }
  }
}

const TPG = 'iscsi/iqn.2023-09.test.use.only:star0001-target/tpgt_1'
