/** `./star` on a cloud of this test file's own. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { starWith } from '../../bench/star.ts'
import { deniedIn } from '../aws/iam/call-log.ts'

export { command } from '../../bench/star.ts'

const folder = mkdtempSync(join(tmpdir(), 'star-e2e-'))
const callLog = `${folder}.calls`
export const driver = starWith(folder, { STAR_CALL_LOG: callLog })
export const { home, env, star, starOk, killAt, inspect, onNode, cutPower } = driver

// What functions asked of the cloud in these tests, AWS would have allowed them.
afterAll(async () => {
  if (existsSync(callLog)) expect(await deniedIn(callLog)).toEqual([])
  rmSync(callLog, { force: true })
})
