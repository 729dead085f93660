/** A channel of a machine that does not take its clients just now: it hangs, or has many of them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { LineSocket } from '../../infra/local/machines/line-socket.ts'
import { temporaryFolder } from '../temporary.ts'

/** Lets one client wait, and takes nobody until it is told to. */
const server = `
import socket, sys
channel = socket.socket(socket.AF_UNIX)
channel.bind(sys.argv[1])
channel.listen(0)
print('there', flush=True)
sys.stdin.readline()
taken = [channel.accept() for _ in range(4)]
sys.stdin.readline()
`

it('is waited for by more clients than may wait, and by each for no longer than it said', async () => {
  const path = join(temporaryFolder('channel'), 'agent')
  const machine = spawn('python3', ['-c', server, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    await once(machine.stdout, 'data')
    const clients = [1, 2, 3, 4].map(() => LineSocket.open(path, 20_000))
    await expect(LineSocket.open(path, 300)).rejects.toThrow(`no connection to ${path} within 300 ms`)
    machine.stdin.write('\n')
    for (const client of await Promise.all(clients)) client.close()
  } finally {
    machine.kill()
  }
})
