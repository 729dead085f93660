import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { confirm, confirmName } from '../../cli/confirm.ts'

const file = join(import.meta.dirname, '../../cli/confirm.ts')

/** On a terminal of its own, which `script` makes. */
async function onTerminal(call: string, typed: string) {
  const code = `import { confirm, confirmName } from '${file}'; await ${call}.then(() => console.log('went on'), error => console.log(error.message))`
  const command = `${process.execPath} --disable-warning=ExperimentalWarning --input-type=module -e "${code.replaceAll('"', '\\"')}"`
  const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdout.once('data', () => child.stdin.write(typed))
  return await text(child.stdout)
}

describe.concurrent('a question on a terminal', { timeout: 30_000 }, () => {
  it.each([
    ['y\n', /Stop\? Go on\? \[y\/N\][\s\S]*went on/],
    ['YES\n', /went on/],
    ['\n', /nothing was done/],
    ['yesterday\n', /nothing was done/],
  ])('%j', async (typed, expected) => {
    expect(await onTerminal("confirm('Stop?')", typed)).toMatch(expected)
  })

  it.each([
    ['a1\n', /Type its name to go on:[\s\S]*went on/],
    ['y\n', /a1 was not typed; nothing was done/],
  ])('for a name: %j', async (typed, expected) => {
    expect(await onTerminal("confirmName('This removes a1.', 'a1')", typed)).toMatch(expected)
  })
})

it('is not asked where --yes was said, and refused where nobody can be asked', async () => {
  await confirm('Stop?', true)
  await confirmName('This removes a1.', 'a1', true)
  await expect(confirm('Stop?')).rejects.toThrow('--yes: needed where nobody can be asked')
  await expect(confirmName('This removes a1.', 'a1')).rejects.toThrow('--yes: needed where nobody can be asked')
})
