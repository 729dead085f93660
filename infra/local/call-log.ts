/**
 * Which AWS calls which function makes: from these the permissions of the functions are proven (docs/permissions.md).
 * `STAR_CALL_LOG=<file>` writes them down, one JSON line for each shape of a call that a process makes.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { appendFileSync } from 'node:fs'
import type { Tags } from './filters.ts'
import type { Kind, Store } from './store.ts'

export interface Call {
  function: string
  /** As the SDK names it, without `Command`. */
  command: string
  input: Record<string, unknown>
  /** Tags of the resources that the input names, by id or name, as they are at this moment. */
  tags: Record<string, Tags>
}

const running = new AsyncLocalStorage<string>()
const listeners = new Set<(call: Call) => void>()

export const asFunction = <T>(name: string, work: () => T): T => running.run(name, work)

/** Returns what ends the listening. */
export function onCall(listener: (call: Call) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Called before each call; those that no function makes are the command's own and count for nothing. */
export function noteCall(store: Store, command: { constructor: { name: string }; input: object }): void {
  const name = running.getStore()
  if (name === undefined || listeners.size === 0) return
  const input = command.input as Call['input']
  const call = { function: name, command: command.constructor.name.replace(/Command$/, ''), input }
  for (const listener of listeners) listener({ ...call, tags: tagsIn(store, input) })
}

const TAGGED: Kind[] = ['instance', 'volume', 'group', 'placement-group', 'image', 'snapshot']

function tagsIn(store: Store, input: object): Call['tags'] {
  const text = JSON.stringify(input)
  const named = TAGGED.flatMap(kind => store.list<{ id: string; name?: string; tags: Tags }>(kind)).flatMap(
    ({ id, name = id, tags }) => [id, name].map(key => [key, tags] as const),
  )
  return Object.fromEntries(named.filter(([key]) => text.includes(`"${key}"`)))
}

/** The same for calls that differ only in numbers and ids. */
export const shapeOf = (call: Call) => JSON.stringify(call).replace(/[0-9a-f]{8,}|\d+/g, '#')

/** Returns what ends it. */
export function writeCalls(file: string): () => void {
  const written = new Set<string>()
  return onCall(call => {
    const shape = shapeOf(call)
    if (written.has(shape)) return
    written.add(shape)
    appendFileSync(file, `${JSON.stringify(call)}\n`)
  })
}

if (process.env.STAR_CALL_LOG) writeCalls(process.env.STAR_CALL_LOG)
