/** `star open perfweb`: a host's perfweb on a port of this computer, until Ctrl-C. */
import { allNodes } from '../functions/shared/arrays.ts'
import { readRecord } from '../functions/shared/record.ts'
import { type Forward, forward } from '../infra/local/machines/forward.ts'
import { chooseArray } from './arrays.ts'
import { chosenCloud, star } from './chosen.ts'
import { withLocal } from './cloud.ts'
import { exitCodes, Mistake } from './failure.ts'
import { passwordOf } from './perfweb.ts'
import { pick } from './shell.ts'

export interface OpenFlags {
  array?: string
  host?: string
  port?: number
  json?: boolean
}

interface Place {
  array: string
  host: string
  address: string
}

const ANSWER_MS = 15_000

export async function open(what: string, flags: OpenFlags): Promise<number> {
  if (what !== 'perfweb') throw new Mistake(`${what}: must be perfweb`)
  if (chosenCloud() === 'aws') return await (await import('./aws/instead.ts')).openInstead(flags)
  const { home, place } = await withLocal(async local => ({ home: local.home, place: await perfwebOf(flags) }))
  const way = await forward(home, { address: place.address, port: 80 }, flags.port).catch(portTaken)
  try {
    const url = `http://127.0.0.1:${way.port}/`
    await answers(url, place)
    console.log(flags.json ? JSON.stringify({ ...place, url }) : opened(url, place).join('\n'))
    return await untilStopped(way)
  } finally {
    await way.close()
  }
}

/** The host that was named, or the first one that serves perfweb. */
export async function perfwebOf({ array: named, host: asked }: OpenFlags): Promise<Place> {
  const array = await chooseArray(named)
  const serving =
    (await readRecord(array))?.request.hosts.filter(({ perfweb }) => perfweb).map(({ name }) => name) ?? []
  const node = asked === undefined ? undefined : pick(await allNodes(), asked, array)
  const host = node?.name ?? serving[0]
  if (host === undefined || !serving.includes(host)) {
    const [who, flag] =
      host === undefined ? [`no host of ${array} serves`, ''] : [`${host} does not serve`, ` --host ${host}`]
    throw new Mistake(`${who} perfweb; to have it served: ${star(`perfweb --array ${array}${flag}`)}`)
  }
  const { state, address } = pick(await allNodes(), host, array)
  if (state !== 'running') throw new Mistake(`${host} is ${state}; ${star(`start --array ${array}`)} starts it`)
  return { array, host, address }
}

/** Asked before anybody is sent there; a page that needs a password is what is expected. */
async function answers(url: string, { array, host }: Place): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) }).catch((error: Error) => error)
  if (answer instanceof Response && answer.status === 401) return
  const got = answer instanceof Response ? `it answers ${answer.status}` : answer.message
  throw new Error(
    `perfweb of ${host} cannot be reached: ${got}. ${star(`perfweb --array ${array} --host ${host}`)} mends it`,
  )
}

const opened = (url: string, { array, host }: Place) => [
  `perfweb of ${host}: ${url}`,
  `user perfweb; its password, shown once: ${passwordOf(array, host)}`,
  'Ctrl-C ends it',
]

function untilStopped({ ended }: Forward): Promise<number> {
  return new Promise((resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(exitCodes.ok))
    ended.then(words => reject(new Error(`the way to the host ended: ${words}`)))
  })
}

function portTaken(error: NodeJS.ErrnoException): never {
  if (error.code === 'EADDRINUSE') throw new Mistake(`--port: something else listens there already`)
  throw error
}
