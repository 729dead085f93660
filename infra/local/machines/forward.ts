import { spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { network } from './network.ts'
import { until } from './process.ts'

export interface Forward {
  /** On 127.0.0.1 of this computer. */
  port: number
  /** When it ends by itself: what it said. */
  ended: Promise<string>
  close(): Promise<void>
}

/**
 * A port of this computer's loopback that leads to a port of a machine, as long as this process lives. A QEMU without a
 * machine joins its user-mode network to the switch: that one listens on loopback alone and, restricted, lets nothing of
 * the machines out. (vde2's slirpvde would listen on every interface and let them reach this computer.)
 */
export async function forward(
  home: string,
  { address, port }: { address: string; port: number },
  asked?: number,
): Promise<Forward> {
  const here = await freePort(asked)
  // The computer's own place in the machines' network; instances have theirs below 172.31.16.0.
  const own = `172.31.${128 + (here >> 9)}.${here & 255}`
  const user = `user,id=here,net=172.31.0.0/16,host=${own},dns=172.31.127.254,ipv6=off,restrict=on`
  const args = [
    ...['--pdeathsig', 'TERM', 'qemu-system-x86_64', '-machine', 'none', '-nodefaults', '-no-user-config'],
    ...['-display', 'none', '-netdev', `${user},hostfwd=tcp:127.0.0.1:${here}-${address}:${port}`],
    ...['-netdev', `vde,id=there,sock=${network(home).socket}`],
    ...['-netdev', 'hubport,id=a,hubid=0,netdev=here', '-netdev', 'hubport,id=b,hubid=0,netdev=there'],
  ]
  // In a group of its own: Ctrl-C is for the command, which then closes it.
  const child = spawn('setpriv', args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  let said = ''
  child.stderr.on('data', data => {
    said += data
  })
  let over = false
  const ended = new Promise<string>(resolve => {
    const end = (words: string) => {
      over = true
      resolve(words.trim())
    }
    child.once('error', error => end(error.message))
    child.once('close', () => end(said))
  })
  const close = async () => {
    child.kill('SIGTERM')
    await ended
  }
  await until(async () => over || (await listens(here)), 10_000, `QEMU to forward port ${here}`).catch(async error => {
    await close()
    throw error
  })
  if (over) throw new Error(`port ${here} cannot be forwarded: ${await ended}`)
  return { port: here, ended, close }
}

/** The one that was asked for, or any. Throws EADDRINUSE. */
async function freePort(asked = 0): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(asked, '127.0.0.1', resolve)
  })
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

function listens(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}
