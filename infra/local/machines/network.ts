import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { endProcess, livingPid, run, until } from './process.ts'

/**
 * The VPC of the local cloud: one vde switch on unix sockets below the state folder. No interface of this computer
 * takes part, nothing leaves it.
 */
export function network(folder: string) {
  const socket = join(folder, 'net')
  const pidFile = join(folder, 'net.pid')
  return {
    socket,
    async start(): Promise<void> {
      if (livingPid(pidFile, socket)) return
      rmSync(socket, { recursive: true, force: true })
      // -d: without it the switch ends at the end of its standard input.
      await run('vde_switch', ['-d', '-n', '256', '-m', '0600', '-s', socket, '-p', pidFile])
      await until(() => existsSync(join(socket, 'ctl')) && livingPid(pidFile, socket) !== undefined, 5_000, 'the switch')
    },
    async stop(): Promise<void> {
      await endProcess(pidFile, socket, 'SIGTERM')
      rmSync(socket, { recursive: true, force: true })
    },
  }
}
