/** `./star` on a cloud of this test file's own. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { starWith } from '../../bench/star.ts'
import { deniedIn } from '../aws/iam/call-log.ts'

export { command } from '../../bench/star.ts'

/** Names of an array and of a host of it. */
export interface Place {
  array: string
  host: string
}

const folder = mkdtempSync(join(tmpdir(), 'star-e2e-'))
const callLog = `${folder}.calls`
export const driver = starWith(folder, { STAR_CALL_LOG: callLog })
export const { home, env, star, starOk, killAt, inspect, onNode, cutPower } = driver

/** The controller that is ACTIVE; empty where none is. */
export const activeOf = async (array: string): Promise<string> =>
  (await inspect(array)).nodes.find(({ report }) => report?.role === 'ACTIVE')?.name ?? ''

/** Command lines of what runs for this cloud. */
export function processes(): string[] {
  const lines = []
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    const line = commandLine(pid)
    if (line.includes(home)) lines.push(line)
  }
  return lines
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

/** The cloud goes with whatever the tests left there. What functions asked of it in them, AWS would have allowed them. */
afterAll(async () => {
  try {
    const { arrays } = JSON.parse((await star('list', '--json')).stdout || '{}')
    for (const { array } of arrays ?? []) await star('down', '--array', array, '--yes')
    if (existsSync(callLog)) expect(await deniedIn(callLog)).toEqual([])
  } finally {
    rmSync(home, { recursive: true, force: true })
    rmSync(callLog, { force: true })
  }
})
