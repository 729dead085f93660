/** The walk of README.md, by copy and paste, on machines. README.ja.md has the same commands: test/cli/project.test.ts. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { command, env, star } from './star.ts'

const root = dirname(command)

/** What stands in the walk to be typed, in its order; what is typed in the console of a node is one piece. */
function pieces(): string[] {
  const [, walk = ''] = /^## A walk\n(.*?)^## /ms.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  const lines = walk.split('\n').flatMap(line => (line.startsWith('    ') ? [line.trim()] : []))
  const found: string[] = []
  let console = false
  for (const line of lines) {
    if (line.startsWith('# on ')) console = true
    else if (console && !line.startsWith('./star')) found.push(`${found.pop() ?? ''}\n${line}`)
    else {
      console = line.startsWith('./star shell instance-1  ')
      found.push(console ? './star shell instance-1 --' : line)
    }
  }
  return found
}

const run = promisify(execFile)

it('builds, uses, changes, reboots, stops, starts and removes an array as it says', async () => {
  const said: Record<string, string> = {}
  for (const piece of pieces()) {
    // The console itself: what is typed there.
    const [, typed] = /^\.\/star shell instance-1 --\n(.*)$/s.exec(piece) ?? []
    const words = typed === undefined ? ['bash', '-c', piece] : ['./star', 'shell', 'instance-1', '--', typed]
    const { stdout } = await run(words[0] as string, words.slice(1), { cwd: root, env, maxBuffer: 2 ** 24 })
    said[typed ?? piece.replace(/ +#.*/, '')] = stdout
  }
  const told = (part: string) => Object.entries(said).find(([piece]) => piece.includes(part))?.[1]
  expect(told('./star status')).toMatch(/2 controllers, 1 host, 6 LUNs, 12 of 12 paths/)
  expect(told('echo hello')).toMatch(/^hello$/m)
  expect(told('grep -c STAR-LUN')).toBe('10\n')
  expect(told("cat /mnt/file'")).toMatch(/^hello$/m)
  expect((await star('status')).status).toBe(3)
})
