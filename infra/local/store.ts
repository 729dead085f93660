import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StateDamaged } from './errors.ts'

/**
 * Where the local cloud remembers: one table of JSON records in `<home>/state.db`. Every command is a process of its
 * own, so nothing is cached; what must be read and written as one goes through `transact`, which never waits for
 * anything but another process's `transact`.
 */
export interface Store {
  get<T>(kind: Kind, id: string): T | undefined
  /** In the order in which they were made. */
  list<T>(kind: Kind): T[]
  put(kind: Kind, id: string, value: unknown): void
  /** Tells whether there was one. */
  remove(kind: Kind, id: string): boolean
  /** All of `work` or nothing of it. A call inside another one joins it. */
  transact<T>(work: () => T): T
  close(): void
}

export type Kind =
  | 'instance'
  | 'volume'
  | 'group'
  | 'placement-group'
  | 'image'
  | 'snapshot'
  | 'command'
  | 'parameter'
  | 'execution'
  | 'lease'

/** Raised when the records' shape changes in a way older code cannot read. */
const FORMAT = 1
/** Longer than any transaction could need, shorter than a person's patience. */
const BUSY_MS = 15_000

export function openStore(home: string): Store {
  mkdirSync(home, { recursive: true })
  const file = join(home, 'state.db')
  const readable = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw isDamage(error) ? new StateDamaged(file, (error as Error).message, error) : error
    }
  }
  const db = readable(() => open(file))
  const parse = <T>(row: unknown): T => {
    const { kind, id, json } = row as { kind: string; id: string; json: string }
    try {
      return JSON.parse(json) as T
    } catch (error) {
      throw new StateDamaged(file, `the record of ${kind} ${id} is not JSON`, error)
    }
  }
  const one = db.prepare('SELECT kind, id, json FROM resource WHERE kind = ? AND id = ?')
  const all = db.prepare('SELECT kind, id, json FROM resource WHERE kind = ? ORDER BY seq')
  // An update keeps `seq`, so a record keeps its place in the list.
  const write = db.prepare(
    'INSERT INTO resource (kind, id, json) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json',
  )
  const erase = db.prepare('DELETE FROM resource WHERE kind = ? AND id = ?')

  return {
    get<T>(kind: Kind, id: string) {
      const row = readable(() => one.get(kind, id))
      return row === undefined ? undefined : parse<T>(row)
    },
    list: <T>(kind: Kind) => readable(() => all.all(kind)).map(row => parse<T>(row)),
    put: (kind, id, value) => void readable(() => write.run(kind, id, JSON.stringify(value))),
    remove: (kind, id) => readable(() => erase.run(kind, id)).changes > 0,
    transact: work => (db.isTransaction ? work() : readable(() => transaction(db, work))),
    close: () => db.close(),
  }
}

function open(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BUSY_MS })
  try {
    const found = (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
    if (found > FORMAT) throw new StateDamaged(file, `it was written by a newer version of STAR (format ${found})`)
    // A database that was cut off in the middle opens well and fails later: look at all of it now, it is small.
    const check = db.prepare('PRAGMA quick_check(1)').get() as { quick_check: string }
    if (check.quick_check !== 'ok') throw new StateDamaged(file, check.quick_check)
    // No write-ahead log: a home directory that is copied or removed has one file to think of.
    db.exec('PRAGMA journal_mode = TRUNCATE')
    if (found === FORMAT) return db
    transaction(db, () => {
      db.exec(
        'CREATE TABLE IF NOT EXISTS resource (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (kind, id))',
      )
      db.exec(`PRAGMA user_version = ${FORMAT}`)
    })
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** SQLITE_CORRUPT, SQLITE_NOTADB, and a table that is not there (SQLITE_ERROR) in what says it is our format. */
function isDamage(error: unknown): boolean {
  const { errcode, message } = error as { errcode?: number; message?: string }
  if (errcode === undefined) return false
  return [11, 26].includes(errcode & 0xff) || /no such (table|column)/.test(message ?? '')
}
