/** Which events go to which function: `infra/events/*.json`, the rules that AWS gets too. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const folder = join(import.meta.dirname, '../events')

/** Lists of exact values, and nesting: the part of EventBridge's patterns that is used. */
export interface Pattern {
  [field: string]: string[] | Pattern
}

export interface Rule {
  /** Of its file. */
  name: string
  pattern: Pattern
  /** Name of a function. */
  target: string
}

export function loadRules(): Rule[] {
  return readdirSync(folder).map(file => {
    const { pattern, target } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Rule
    checkPattern(pattern, file)
    return { name: basename(file, '.json'), pattern, target }
  })
}

/** An operator that is not known here would match nothing, and nobody would see why. */
export function checkPattern(pattern: unknown, where: string): void {
  if (typeof pattern !== 'object' || pattern === null) throw new Error(`${where}: not a list and not an object`)
  for (const [field, wanted] of Object.entries(pattern)) {
    const at = `${where}: ${field}`
    if (!Array.isArray(wanted)) checkPattern(wanted, at)
    else if (wanted.length === 0) throw new Error(`${at}: an empty list`)
    else if (wanted.some(value => typeof value !== 'string')) throw new Error(`${at}: only exact texts are known here`)
  }
}

export function matches(pattern: Pattern, event: unknown): boolean {
  if (typeof event !== 'object' || event === null) return false
  return Object.entries(pattern).every(([field, wanted]) => {
    const found = (event as Record<string, unknown>)[field]
    if (!Array.isArray(wanted)) return matches(wanted, found)
    return [found].flat().some(value => wanted.includes(value as string))
  })
}
