/** Drives `./star` as a user does: a command, its output, its exit code. For tests on machines and for benches. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Inspection } from '../functions/shared/inspection.ts'
import { machineFiles } from '../infra/local/machines/qemu.ts'

export const command = join(import.meta.dirname, '..', 'star')

export interface Ran {
  status: number
  stdout: string
  stderr: string
}

export type Star = ReturnType<typeof starWith>

/** `home`: where that cloud keeps its machines; a short path, because it holds unix sockets. */
export function starWith(home: string, more: NodeJS.ProcessEnv = {}) {
  const env = { ...process.env, STAR_HOME: home, ...more }

  const running = new Set<Promise<Ran>>()

  function star(...args: string[]): Promise<Ran> {
    const ran = new Promise<Ran>(resolve => {
      execFile(command, args, { env, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
        const status = error ? (typeof error.code === 'number' ? error.code : 1) : 0
        resolve({ status, stdout, stderr })
      })
    })
    running.add(ran)
    return ran.finally(() => running.delete(ran))
  }

  /** When no command runs any more. */
  const settled = () => Promise.all(running)

  /** As `star`, for commands that have to succeed: where one does not, its whole output is the error's message. */
  async function starOk(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await star(...args)
    if (status !== 0) throw new Error(`star ${args.join(' ')}: exit ${status}\n${stdout}\n${stderr}`)
    return stdout
  }

  /** Runs `star` until a line of its progress matches, then kills it as a power cut would: no handler, no clean-up. */
  function killAt(line: RegExp, ...args: string[]): Promise<void> {
    const child: ChildProcess = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let seen = ''
    return new Promise((resolve, reject) => {
      child.stdout?.on('data', data => {
        seen += data
        if (line.test(seen)) child.kill('SIGKILL')
      })
      child.stderr?.on('data', data => {
        seen += data
      })
      child.once('exit', (_code, signal) => {
        if (signal === 'SIGKILL') resolve()
        else reject(new Error(`star ${args.join(' ')} ended before ${line}:\n${seen}`))
      })
    })
  }

  async function inspect(array: string): Promise<Inspection> {
    const { stdout, stderr } = await star('status', '--array', array, '--json')
    if (!stdout) throw new Error(stderr)
    return JSON.parse(stdout) as Inspection
  }

  /** A command as root on a node; its output. */
  function onNode(array: string, node: string, line: string): Promise<string> {
    return starOk('shell', '--array', array, node, '--', line)
  }

  /** As a power cut: nobody is asked, nothing is written down. */
  async function cutPower(array: string, node: string): Promise<void> {
    const { nodes } = await inspect(array)
    const { instanceId = '' } = nodes.find(({ name }) => name === node) ?? {}
    process.kill(Number(readFileSync(machineFiles(home, instanceId).pid, 'utf8')), 'SIGKILL')
  }

  return { home, env, star, starOk, settled, killAt, inspect, onNode, cutPower }
}
