import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A unix socket that speaks JSON: one object a line, requests answered in order. Both QMP and the guest agent do. */
export class LineSocket {
  readonly #socket: Socket
  #buffer = ''
  #waiting: Array<{ match: (message: Message) => boolean; resolve: (m: Message) => void; reject: (e: Error) => void }> =
    []
  #failure: Error | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1') // the agent's 0xFF marks are not UTF-8; JSON from both is plain ASCII
    socket.on('data', (text: string) => this.#take(text))
    socket.on('error', error => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the machine closed the connection')))
  }

  /** Connects, or throws after `ms` milliseconds: another client may hold the channel. */
  static async open(path: string, ms: number): Promise<LineSocket> {
    const late = AbortSignal.timeout(ms)
    for (;;) {
      const socket = connect(path)
      try {
        await once(socket, 'connect', { signal: late })
        return new LineSocket(socket)
      } catch (error) {
        socket.destroy()
        if (late.aborted) throw new Error(`no connection to ${path} within ${ms} ms`)
        // As many clients wait already as the machine lets wait.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
        await sleep(50)
      }
    }
  }

  write(text: string): void {
    this.#socket.write(text, 'latin1')
  }

  /** The next message that `match` accepts; earlier ones are dropped (events, leftovers of an interrupted client). */
  next(match: (message: Message) => boolean, ms: number): Promise<Message> {
    if (this.#failure) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
      this.#waiting.push({
        match,
        resolve: message => {
          clearTimeout(timer)
          resolve(message)
        },
        reject: error => {
          clearTimeout(timer)
          reject(error)
        },
      })
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(text: string): void {
    this.#buffer += text
    for (let end = this.#buffer.indexOf('\n'); end >= 0; end = this.#buffer.indexOf('\n')) {
      const line = this.#buffer.slice(0, end).replaceAll('\u00ff', '').trim()
      this.#buffer = this.#buffer.slice(end + 1)
      if (line) this.#deliver(line)
    }
  }

  #deliver(line: string): void {
    let message: Message
    try {
      message = JSON.parse(line) as Message
    } catch {
      return // half a line, left over from an interrupted client
    }
    const index = this.#waiting.findIndex(waiter => waiter.match(message))
    if (index >= 0) this.#waiting.splice(index, 1)[0]?.resolve(message)
  }

  #fail(error: Error): void {
    this.#failure = error
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error)
  }
}

export interface Message {
  return?: unknown
  error?: { class: string; desc: string }
  event?: string
  QMP?: unknown
}

/** One answer: its value, or an Error with QEMU's or the agent's own words. */
export function answerOf(message: Message): unknown {
  if (message.error) throw new Error(message.error.desc)
  return message.return
}
