/** Operations of a random sequence as a user types them, some killed on the way; on machines, in real time. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll } from 'vitest'
import type { Operation } from '../../functions/shared/operations.ts'
import { type Act, ARRAY, type Deed, type Step } from '../sequences/sequence.ts'
import type { Outcome } from '../sequences/world.ts'
import { command, env } from './star.ts'

/** Seconds that an operation takes on an array that is there, on emulated machines: only the moments of kills hang on it. */
const usual: Partial<Record<Operation, number>> = {
  'provision-array': 90,
  'add-luns': 45,
  'reboot-nodes': 150,
  'failover-array': 45,
  'stop-array': 60,
  'start-array': 90,
  'schedule-array': 4,
  'enable-perfweb': 30,
  'teardown-array': 10,
}
const millisecondsUntil = ({ operation }: Act, at: number) => at * (usual[operation] ?? 30) * 1000

/** Not in the cloud's home, which goes with the last array. */
const folder = mkdtempSync(join(tmpdir(), 'star-acts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
function fileOf(value: unknown): string {
  const file = join(folder, `${++files}.json`)
  writeFileSync(file, JSON.stringify(value))
  return file
}

interface Typed {
  force?: boolean
  to?: number
  schedule?: { start: string; stop: string; timezone: string } | null
  keepRunningUntil?: string
}

/** The words after `star`. */
export function wordsOf({ operation, input }: Act): string[] {
  const { force, to, schedule, keepRunningUntil, ...rest } = input as Typed
  const forced = force ? ['--force'] : []
  const named = to === undefined ? [] : ['--to', String(to)]
  const words: Partial<Record<Operation, () => string[]>> = {
    'provision-array': () => ['up', fileOf(input)],
    'add-luns': () => ['lun', 'add', fileOf({ ...rest, array: undefined }), '--array', ARRAY],
    'reboot-nodes': () => ['reboot', '--yes', ...forced, '--array', ARRAY],
    'failover-array': () => ['failover', '--yes', ...forced, ...named, '--array', ARRAY],
    'stop-array': () => ['stop', '--yes', ...forced, '--array', ARRAY],
    'start-array': () => ['start', '--array', ARRAY],
    'schedule-array': () => ['schedule', ...scheduleWords({ schedule, keepRunningUntil }), '--array', ARRAY],
    'enable-perfweb': () => ['perfweb', '--array', ARRAY],
    'teardown-array': () => ['down', '--yes', '--array', ARRAY],
  }
  return [...(words[operation]?.() ?? []), '--json']
}

function scheduleWords({ schedule, keepRunningUntil: until }: Typed): string[] {
  if (schedule === null) return ['--remove']
  if (!schedule) return until === undefined ? [] : ['--keep-running-until', until]
  return ['--start', schedule.start, '--stop', schedule.stop, '--timezone', schedule.timezone]
}

/** Runs the command; a kill is SIGKILL at its moment, unless the command has ended before. */
export async function perform({ act, troubles }: Deed): Promise<Outcome> {
  const child: ChildProcess = spawn(command, wordsOf(act), { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', data => {
    stdout += data
  })
  child.stderr?.on('data', data => {
    stderr += data
  })
  const timers = troubles.map(({ at }) => setTimeout(() => child.kill('SIGKILL'), millisecondsUntil(act, at)))
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...how) => resolve(how))
  })
  for (const timer of timers) clearTimeout(timer)
  const base = { act, effects: 0, cuts: [] }
  if (signal === 'SIGKILL') return { ...base, status: 'KILLED' }
  if (code === 0) return { ...base, status: 'SUCCEEDED', output: outputOf(stdout) }
  const said = stderr.slice(Math.max(0, stderr.lastIndexOf('\nstar: ')))
  return { ...base, status: 'FAILED', error: errorOf(code, said), cause: said.trim() }
}

const outputOf = (text: string): unknown => (text.trim() ? JSON.parse(text) : undefined)

/** A mistake is known by its exit code, all else by the name in front of its first cause. */
function errorOf(code: number | null, said: string): string {
  if (code === 3) return 'NoSuchArray'
  if (code === 2) return /already|other settings/.test(said) ? 'ArrayExists' : 'RequestRejected'
  return /^ {2}([A-Z][A-Za-z.]+): /m.exec(said)?.[1] ?? 'Unknown'
}

/** A step of a sequence: its operation, and perhaps another one that begins while the first is at work. */
export async function performStep({ beside, ...deed }: Step): Promise<Outcome[]> {
  if (!beside) return [await perform(deed)]
  const other = sleep(millisecondsUntil(deed.act, beside.at)).then(() => perform(beside))
  return await Promise.all([perform(deed), other])
}
