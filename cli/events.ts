/** The engine's progress events, and reading them back from the record of an execution. */
import { readFileSync } from 'node:fs'
import type { ProgressEvent } from '../infra/local/engine.ts'

export type { ProgressEvent }

/** One JSON object a line; a last line that is half written is passed over. */
export function parseEvents(text: string): ProgressEvent[] {
  const events: ProgressEvent[] = []
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    try {
      const value = JSON.parse(line) as Partial<ProgressEvent>
      if (typeof value.kind === 'string' && typeof value.at === 'number') events.push(value as ProgressEvent)
    } catch {
      // The writer died, or is still writing.
    }
  }
  return events
}

export function readEvents(file: string): ProgressEvent[] {
  return parseEvents(readFileSync(file, 'utf8'))
}

/** `PrepareControllers`, `prepareControllers` → `prepare-controllers`; `SecurityGroups` → `security-groups`. */
export function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .replace(/[\s_]+/g, '-')
    .replace(/\?$/, '')
    .toLowerCase()
}
