import { answerOf, LineSocket } from './line-socket.ts'

export type GuestAgent = (command: string, args?: object, ms?: number) => Promise<unknown>

let lastSync = Math.floor(Date.now() % 1_000_000_000)

/**
 * Opens the guest agent's channel, hands it to `use` and closes it again. The channel has room for one client at a
 * time, across processes: calls are short, and a second client waits its turn in the socket's backlog.
 */
export async function withGuestAgent<T>(path: string, ms: number, use: (agent: GuestAgent) => Promise<T>): Promise<T> {
  const socket = await LineSocket.open(path, ms)
  const ask: GuestAgent = async (command, args, limit = ms) => {
    socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`)
    return answerOf(await socket.next(m => m.return !== undefined || m.error !== undefined, limit))
  }
  try {
    // 0xFF makes the agent forget what an interrupted client left in its parser.
    const id = ++lastSync
    socket.write(`\u00ff${JSON.stringify({ execute: 'guest-sync', arguments: { id } })}\n`)
    await socket.next(m => m.return === id, ms)
    return await use(ask)
  } finally {
    socket.close()
  }
}

/** A whole file of the guest, cut at `limit` bytes, or undefined if it is not there. */
export async function readGuestFile(agent: GuestAgent, path: string, limit: number): Promise<string | undefined> {
  let handle: unknown
  try {
    handle = await agent('guest-file-open', { path, mode: 'r' })
  } catch (error) {
    if (/No such file/.test(String(error))) return undefined
    throw error
  }
  const chunks: Buffer[] = []
  try {
    for (let size = 0; size < limit; ) {
      const part = (await agent('guest-file-read', { handle, count: Math.min(limit - size, 65_536) })) as FilePart
      const bytes = Buffer.from(part['buf-b64'], 'base64')
      chunks.push(bytes)
      size += bytes.length
      if (part.eof || bytes.length === 0) break
    }
  } finally {
    await agent('guest-file-close', { handle })
  }
  return Buffer.concat(chunks).toString('utf8')
}

interface FilePart {
  count: number
  'buf-b64': string
  eof: boolean
}
