import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const folders: string[] = []

/** A folder for a test, gone when all tests of its file have ended (tests that run beside each other share no hook). */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `star-${name}-`))
  folders.push(folder)
  return folder
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
