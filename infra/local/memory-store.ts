import type { Kind, Store } from './store.ts'

interface Row {
  seq: number
  json: string
  /** What lists have of it: frozen, for they share it. */
  listed?: unknown
}

/**
 * What `openStore` answers, but forgotten with the process: for those that make many clouds, or one of many arrays. Values go
 * in and out as JSON here too, so that nobody can change what is stored by changing what was read.
 */
export function memoryStore(): Store {
  const kinds = new Map<Kind, Map<string, Row>>()
  /** Inside a transaction: how to take each write back, in order. */
  let undo: (() => void)[] | undefined
  let seq = 0

  const rowsOf = (kind: Kind) => {
    const rows = kinds.get(kind) ?? new Map<string, Row>()
    kinds.set(kind, rows)
    return rows
  }
  const restore = (kind: Kind, id: string, row: Row | undefined) => {
    const rows = rowsOf(kind)
    if (row === undefined) return void rows.delete(id)
    rows.set(id, row)
    kinds.set(kind, new Map([...rows].sort(([, a], [, b]) => a.seq - b.seq)))
  }

  return {
    get<T>(kind: Kind, id: string) {
      const row = rowsOf(kind).get(id)
      return row && (JSON.parse(row.json) as T)
    },
    list<T>(kind: Kind) {
      const rows = [...rowsOf(kind).values()]
      for (const row of rows) row.listed ??= frozen(JSON.parse(row.json))
      return rows.map(({ listed }) => listed as T)
    },
    put(kind, id, value) {
      const before = rowsOf(kind).get(id)
      undo?.push(() => restore(kind, id, before))
      rowsOf(kind).set(id, { seq: before?.seq ?? ++seq, json: JSON.stringify(value) })
    },
    remove(kind, id) {
      const before = rowsOf(kind).get(id)
      if (before) undo?.push(() => restore(kind, id, before))
      return rowsOf(kind).delete(id)
    },
    transact(work) {
      if (undo) return work()
      undo = []
      try {
        return work()
      } catch (error) {
        for (const takeBack of undo.reverse()) takeBack()
        throw error
      } finally {
        undo = undefined
      }
    },
    close() {},
  }
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const each of Object.values(value)) frozen(each)
  return Object.freeze(value)
}
