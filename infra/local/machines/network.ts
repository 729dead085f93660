import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { endProcess, livingPid, run, until } from './process.ts'

// -d: without it the switch ends at the end of its standard input.
const startOnce = `
  pid=$(cat "$2" 2>/dev/null) && grep -qaF "$1" "/proc/$pid/cmdline" 2>/dev/null && exit
  rm -rf "$1"
  exec vde_switch -d -n 256 -m 0600 -s "$1" -p "$2"`

/**
 * The VPC of the local cloud: one vde switch on unix sockets below the state folder. No interface of this computer
 * takes part, nothing leaves it.
 */
export function network(folder: string) {
  const socket = join(folder, 'net')
  const pidFile = join(folder, 'net.pid')
  return {
    socket,
    /** Machines that start at the same moment, in this process or another, come here together: one of them starts it. */
    async start(): Promise<void> {
      if (livingPid(pidFile, socket)) return
      await run('flock', ['--close', `${pidFile}.lock`, 'sh', '-c', startOnce, 'sh', socket, pidFile])
      await until(
        () => existsSync(join(socket, 'ctl')) && livingPid(pidFile, socket) !== undefined,
        5_000,
        'the switch',
      )
    },
    async stop(): Promise<void> {
      await endProcess(pidFile, socket, 'SIGTERM')
      rmSync(socket, { recursive: true, force: true })
      rmSync(`${pidFile}.lock`, { force: true })
    },
  }
}
