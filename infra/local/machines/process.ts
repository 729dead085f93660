import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const exec = promisify(execFile)

/** Runs a program to its end; an Error says what it printed. */
export async function run(program: string, args: string[]): Promise<string> {
  try {
    return (await exec(program, args, { maxBuffer: 16 * 1024 * 1024 })).stdout
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    throw new Error(`${program} failed: ${stderr?.trim() || message}`, { cause: error })
  }
}

/** The pid in a pid file, if that process lives and its command line still names `mark`: pids are used again. */
export function livingPid(pidFile: string, mark: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').trim())
    return pid > 0 && isAlive(pid, mark) ? pid : undefined
  } catch {
    return undefined
  }
}

/** A process that was killed has no command line any more while it still holds its files and locks: it counts as alive. */
function isAlive(pid: number, mark: string): boolean {
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    if (line !== '') return line.includes(mark)
    const state = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
    return state !== 'Z' || readdirSync(`/proc/${pid}/task`).length > 1
  } catch {
    return false
  }
}

/** Ends the process of a pid file and removes the file. One that has not ended a second after `signal` is killed. */
export async function endProcess(pidFile: string, mark: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const pid = livingPid(pidFile, mark)
  if (pid) {
    process.kill(pid, signal)
    await until(() => !isAlive(pid, mark), 1_000, '').catch(() => {
      if (isAlive(pid, mark)) process.kill(pid, 'SIGKILL')
    })
    await until(() => !isAlive(pid, mark), 10_000, `process ${pid} to end`)
  }
  rmSync(pidFile, { force: true })
}

/** Waits for a condition, or throws after `ms` milliseconds with what it waited for. Each look takes a machine its time: ever fewer. */
export async function until(condition: () => boolean | Promise<boolean>, ms: number, what: string): Promise<void> {
  const end = Date.now() + ms
  for (let pause = 50; !(await condition()); pause = Math.min(250, pause * 1.4)) {
    if (Date.now() > end) throw new Error(`waited ${ms / 1000} s for ${what}`)
    await sleep(pause)
  }
}
