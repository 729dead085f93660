import { answerOf, LineSocket } from './line-socket.ts'

export type Qmp = (command: string, args?: object) => Promise<unknown>

/** Opens QEMU's control channel, hands it to `use` and closes it again. */
export async function withQmp<T>(path: string, use: (qmp: Qmp) => Promise<T>): Promise<T> {
  const socket = await LineSocket.open(path, 5_000)
  const ask = async (command: string, args?: object) => {
    socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`)
    return answerOf(await socket.next(m => m.return !== undefined || m.error !== undefined, 10_000))
  }
  try {
    await socket.next(m => m.QMP !== undefined, 5_000)
    await ask('qmp_capabilities')
    return await use(ask)
  } finally {
    socket.close()
  }
}
