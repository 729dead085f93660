import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { endProcess, livingPid, run } from './process.ts'

const program = join(import.meta.dirname, '..', 'power-switch.ts')

const startOnce = `
  pid=$(cat "$1.pid" 2>/dev/null) && grep -qaF "$1" "/proc/$pid/cmdline" 2>/dev/null && exit
  setsid "$2" "$3" "$1" "$4" </dev/null >>"$1.log" 2>&1 &
  echo $! >"$1.pid"`

/**
 * The local cloud's power switch (`infra/local/power-switch.ts`): a process that lives as long as a controller's machine
 * runs. Its command line names this cloud's folder, by which it is known.
 */
export function powerSwitch(home: string, imageFolder: string) {
  const base = join(home, 'power-switch')
  const pidFile = `${base}.pid`
  return {
    /** Called while the machine's record says that it runs or starts: the switch takes its pid file away only when none does. */
    async start(): Promise<void> {
      if (livingPid(pidFile, base)) return
      const words = ['sh', base, process.execPath, program, imageFolder]
      await run('flock', ['--close', `${pidFile}.lock`, 'sh', '-c', startOnce, ...words])
    },
    async stop(): Promise<void> {
      // Itself closing the cloud: it ends when it has seen that.
      if (livingPid(pidFile, base) === process.pid) return
      await endProcess(pidFile, base, 'SIGTERM')
      rmSync(`${pidFile}.lock`, { force: true })
    },
  }
}
