import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { StateDamaged } from '../../infra/local/errors.ts'
import { openStore } from '../../infra/local/store.ts'

let home = ''
let file = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'star-store-'))
  file = join(home, 'state.db')
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
})

describe('the store', () => {
  it('keeps what was put there, in the order in which it was made', () => {
    const first = openStore(home)
    first.put('volume', 'b', { size: 1 })
    first.put('volume', 'a', { size: 2 })
    first.put('volume', 'b', { size: 3 })
    first.put('instance', 'b', {})
    first.close()
    const second = openStore(home)
    expect(second.list('volume')).toEqual([{ size: 3 }, { size: 2 }])
    expect([second.remove('volume', 'b'), second.remove('volume', 'b')]).toEqual([true, false])
    expect(second.get('volume', 'b')).toBeUndefined()
    second.close()
  })

  it('does all of a transaction or nothing', () => {
    const store = openStore(home)
    const broken = () =>
      store.transact(() => {
        store.put('volume', 'a', {})
        store.transact(() => store.put('volume', 'b', {}))
        throw new Error('stop')
      })
    expect(broken).toThrow('stop')
    expect(store.list('volume')).toEqual([])
    store.close()
  })

  it('lets processes that count at the same time lose no count', async () => {
    openStore(home).close()
    const worker = join(import.meta.dirname, 'count-worker.ts')
    const script = `for n in 1 2 3; do ${process.execPath} ${worker} ${home} 20 & done; wait`
    const { status, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('Error') })
    const store = openStore(home)
    expect(store.get('lease', 'counter')).toEqual({ count: 60 })
    store.close()
  })
})

describe('a state file that cannot be read', () => {
  const read = () => {
    const store = openStore(home)
    try {
      return store.list('volume')
    } finally {
      store.close()
    }
  }
  const damaged = (reason: RegExp, work: () => unknown = () => openStore(home).close()) => {
    expect(work).toThrow(StateDamaged)
    expect(work).toThrow(reason)
    expect(work).toThrow(file)
    expect(work).toThrow(/Put back a good copy/)
  }

  it('is told from an empty one: it is no database', () => {
    writeFileSync(file, 'not a database, but long enough to have a header'.repeat(100))
    damaged(/not a database/)
  })

  it('was cut off', () => {
    const store = openStore(home)
    for (let n = 0; n < 500; n++) store.put('volume', `vol-${n}`, { text: 'x'.repeat(100) })
    store.close()
    truncateSync(file, Math.floor(readFileSync(file).length / 8192) * 4096)
    damaged(/malformed|disk image/)
  })

  it('has a page of something else in its middle', () => {
    const store = openStore(home)
    for (let n = 0; n < 500; n++) store.put('volume', `vol-${n}`, { text: 'x'.repeat(100) })
    store.close()
    const bytes = readFileSync(file)
    bytes.fill(0xff, 8 * 4096, 9 * 4096)
    writeFileSync(file, bytes)
    damaged(/state\.db cannot be read/)
  })

  it('has a record that is not JSON', () => {
    openStore(home).close()
    const db = new DatabaseSync(file)
    db.exec("INSERT INTO resource (kind, id, json) VALUES ('volume', 'vol-1', '{\"id\":')")
    db.close()
    damaged(/the record of volume vol-1 is not JSON/, read)
  })

  it('was written by a newer version', () => {
    const db = new DatabaseSync(file)
    db.exec('PRAGMA user_version = 99')
    db.close()
    damaged(/newer version/)
  })

  it('is an empty file after a crash at the very start, which is no damage', () => {
    writeFileSync(file, '')
    const store = openStore(home)
    expect(store.list('volume')).toEqual([])
    store.close()
  })
})
