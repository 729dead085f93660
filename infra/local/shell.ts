import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MachineDriver } from './driver.ts'

export interface CommandResult {
  exitCode: number
  stdout: string
  stderr: string
}

/**
 * Runs one command line as root on a machine, the way Run Command does, and waits for its end. What a person looks at
 * by hand does not go through documents: this is the way round them. The machine keeps nothing of it, since it may be a
 * password. Throws when the machine went down meanwhile.
 */
export async function runOnNode(
  driver: MachineDriver,
  instanceId: string,
  commandText: string,
  { timeoutSeconds = 3600, signal }: { timeoutSeconds?: number; signal?: AbortSignal } = {},
): Promise<CommandResult> {
  const commandId = randomUUID()
  // Run Command gives a script no HOME and starts it in /usr/bin; a person expects root's login.
  const text = `#!/bin/bash\nexport HOME=/root TERM=dumb\ncd /root\n${commandText}\n`
  await driver.send(instanceId, { commandId, text, timeoutSeconds, document: 'shell', parameters: {} })
  let unanswered = 0
  for (let wait = 100; ; wait = Math.min(1000, wait * 1.5)) {
    await sleep(wait, undefined, { signal })
    const result = await driver.result(instanceId, commandId).catch(error => {
      if (!isBusy(error) || ++unanswered === PATIENCE) throw error
    })
    if (!result) continue
    unanswered = 0
    if (result.state === 'InProgress') continue
    if (result.lost) throw new Error(`${instanceId} went down while the command ran`)
    // It may be going down just now, as it was told to.
    await driver.forget(instanceId, commandId).catch(() => undefined)
    return result
  }
}

/** Looks in a row that a machine may leave without an answer, 5 s each: busy, it takes its time. One that is off says so at once. */
const PATIENCE = 12
const isBusy = (error: Error) => /^no (answer|connection)/.test(error.message)

/** Joins this terminal to a machine's console until Ctrl-] is pressed or the machine goes away. */
export async function attachConsole(socketPath: string, terminal: NodeJS.ReadStream, screen: NodeJS.WriteStream) {
  const socket = connect(socketPath)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  const leave = 0x1d
  terminal.setRawMode(true)
  terminal.resume()
  try {
    await new Promise<void>(resolve => {
      terminal.on('data', (keys: Buffer) => {
        if (keys.includes(leave)) resolve()
        else socket.write(keys)
      })
      socket.on('data', bytes => screen.write(bytes))
      socket.once('close', () => resolve())
      // The prompt was printed before anybody looked: ask for another one.
      socket.write('\r')
    })
  } finally {
    terminal.setRawMode(false)
    terminal.pause()
    terminal.removeAllListeners('data')
    socket.destroy()
  }
}
