/** The walk of README.md, by copy and paste, while a host writes. README.ja.md has the same commands: test/cli/project.test.ts. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { command, env, inspect, onNode, type Place, star, starOk } from './star.ts'
import { startWriter } from './writer.ts'

const root = dirname(command)
const run = promisify(execFile)

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

/** Types one piece; what it said. */
async function type(piece: string): Promise<string> {
  // The console itself: what is typed there.
  const [, typed] = /^\.\/star shell instance-1 --\n(.*)$/s.exec(piece) ?? []
  const words = typed === undefined ? ['bash', '-c', piece] : ['./star', 'shell', 'instance-1', '--', typed]
  const { stdout } = await run(words[0] as string, words.slice(1), { cwd: root, env, maxBuffer: 2 ** 24 })
  return stdout
}

/** `typeRest` types what comes behind the start of the array: it is for the end of the file. */
export function walkTests({ array, host }: Place): { typeRest(): Promise<void> } {
  const walk = pieces()
  /** Types up to the next piece that has these words, that one too; what it said. */
  async function typeUntil(words: string): Promise<string> {
    for (;;) {
      const piece = walk.shift()
      if (piece === undefined) throw new Error(`the walk has no "${words}" from here on`)
      const said = await type(piece)
      if (piece.includes(words)) return said
    }
  }
  const boots = async () => (await inspect(array)).nodes.map(({ report }) => report?.bootId)
  const identities = () => onNode(array, host, 'multipath -ll | grep -o "3600.*STAR-LUN.*"')

  describe('the walk of README.md', () => {
    it('builds an array, shows it, and makes a file system on a LUN', async () => {
      expect(await typeUntil('./star status')).toMatch(/2 controllers, 1 host, 6 LUNs, 12 of 12 paths/)
      expect(await typeUntil('echo hello')).toMatch(/^hello$/m)
    })

    it('adds LUNs and reboots both controllers; a host that writes meanwhile sees no error, and loses nothing', async () => {
      const [before, names] = [await boots(), (await identities()).trim().split('\n')]
      expect(names).toHaveLength(6)
      const writer = await startWriter(array, host, 'LUN1')
      await writer.during('lun add (10)', () => typeUntil('lun add'))
      await writer.during('reboot', () => typeUntil('reboot'))
      await writer.during('lun add (2, after the roles changed)', () =>
        starOk('lun', 'add', '--count', '2', '--size', '32M'),
      )
      const { writes, errors, bad } = await writer.stop()
      expect({ errors, bad }).toEqual({ errors: [], bad: [] })
      expect(writes).toBeGreaterThan(100)

      const { healthy, problems } = await inspect(array)
      expect({ healthy, problems }).toEqual({ healthy: true, problems: [] })
      const after = await boots()
      for (const controller of [0, 1]) expect(after).not.toContain(before[controller])
      expect(after[2]).toBe(before[2])
    })

    it('leaves the LUNs their identities, and both controllers with the same lists', async () => {
      const seen = (await identities()).trim().split('\n')
      expect(seen).toHaveLength(18)
      const files =
        'cat /etc/star/lunlist /etc/star/hostlist /etc/target/saveconfig.json.active /etc/target/saveconfig.json.standby'
      const first = await onNode(array, `${array}-ctl1`, files)
      expect(await onNode(array, `${array}-ctl2`, files)).toBe(first)
      const wwids = [...first.matchAll(/^LUN\d+ (\S+) \d+M$/gm)].map(([, uuid = '']) =>
        `36001405${uuid.replaceAll('-', '')}`.slice(0, 33),
      )
      expect(seen.map(line => line.split(')')[0]).sort()).toEqual(wwids.sort())
    })

    it('stops and starts it: a second stop has nothing to do, and the file is there', async () => {
      await typeUntil('./star stop')
      expect((await star('status')).status).toBe(4)
      expect(await starOk('stop', '--yes')).toMatch(/nothing was changed|stopped already/)
      expect(await typeUntil("cat /mnt/file'")).toBe('hello\n')
      expect((await inspect(array)).healthy).toBe(true)
      await onNode(array, host, 'umount /mnt')
    })
  })

  return {
    async typeRest() {
      expect(walk.length).toBeGreaterThan(0)
      for (const piece of walk.splice(0)) await type(piece)
    },
  }
}
