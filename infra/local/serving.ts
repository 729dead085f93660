/** Marks of processes that serve a cloud: nobody may clear its records away under them. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, ownMark } from './process-mark.ts'

/** Returns what takes the mark away. */
export function markServing(home: string): () => void {
  const file = join(home, `serving.${process.pid}`)
  writeFileSync(file, ownMark())
  return () => rmSync(file, { force: true })
}

/** Is there another process that serves? Marks of dead ones are removed. */
export function isServed(home: string): boolean {
  const marks = existsSync(home) ? readdirSync(home).filter(name => name.startsWith('serving.')) : []
  return marks.filter(name => isLeft(join(home, name))).length > 0
}

function isLeft(file: string): boolean {
  const mark = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (mark !== ownMark() && isAlive(mark)) return true
  if (mark !== ownMark()) rmSync(file, { force: true })
  return false
}
