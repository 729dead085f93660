/**
 * `star test`: the fast part (seconds, no machine), random sequences of operations in memory (minutes), faults
 * at every step of every workflow (minutes), then the whole array end to end on machines. Ends with one line that counts.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Mistake } from './failure.ts'
import { root } from './paths.ts'
import { ensureRequirements } from './requirements.ts'

const parts = ['fast', 'sequences', 'faults', 'e2e'] as const

interface Counts {
  passed: number
  failed: number
  /** vitest's own verdict: also bad where no test could even begin. */
  ok: boolean
}

export async function test(part: string | undefined, files: string[]): Promise<number> {
  if (part !== undefined && !parts.some(known => known === part)) {
    throw new Mistake(`${part}: must be ${parts.slice(0, -1).join(', ')} or ${parts.at(-1)}, or nothing for all`)
  }
  const total: Counts = { passed: 0, failed: 0, ok: true }
  for (const project of parts.filter(known => part === undefined || part === known)) {
    if (project === 'e2e') ensureRequirements(line => console.error(`star: ${line}`))
    const counts = await vitest(project, files)
    total.passed += counts.passed
    total.failed += counts.failed
    total.ok &&= counts.ok
    if (!total.ok) break // machines would only show again, and slowly, what is broken already
  }
  if (!total.ok && total.failed === 0) total.failed = 1
  console.log(`\n${total.passed} passed, ${total.failed} failed`)
  return total.ok ? 0 : 1
}

async function vitest(project: string, files: string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'star-test-'))
  const report = join(folder, 'report.json')
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  try {
    const child = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args, ...files], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', status => resolve(status ?? 1))
    })
    return { ...read(report), ok: code === 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function read(report: string): { passed: number; failed: number } {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests }
  } catch {
    return { passed: 0, failed: 0 }
  }
}
