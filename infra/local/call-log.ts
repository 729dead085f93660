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
  /** Tags of the resources that the input names, by id, as they are at this moment. */
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

const KINDS: Record<string, Kind> = { i: 'instance', vol: 'volume', sg: 'group' }

function tagsIn(store: Store, input: object): Call['tags'] {
  const ids = JSON.stringify(input).matchAll(/"((i|vol|sg)-[0-9a-f]+)"/g)
  return Object.fromEntries(
    [...ids].flatMap(([, id = '', kind = '']) => {
      const found = store.get<{ tags: Tags }>(KINDS[kind] as Kind, id)
      return found ? [[id, found.tags]] : []
    }),
  )
}

/** The same for calls that differ only in numbers and ids. */
export const shapeOf = (call: Call) => JSON.stringify(call).replace(/[0-9a-f]{8,}|\d+/g, '#')

function writeTo(file: string): void {
  const written = new Set<string>()
  onCall(call => {
    const shape = shapeOf(call)
    if (written.has(shape)) return
    written.add(shape)
    appendFileSync(file, `${JSON.stringify(call)}\n`)
  })
}

if (process.env.STAR_CALL_LOG) writeTo(process.env.STAR_CALL_LOG)
