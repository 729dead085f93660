/** `star events`: what was put on the local cloud's bus; with --follow also what is to come. */
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BusEvent, eventsFile } from '../infra/local/eventbridge.ts'
import { chosenCloud } from './chosen.ts'
import { exitCodes } from './failure.ts'
import { home } from './paths.ts'

export async function events(flags: { array?: string; follow?: boolean; json?: boolean }): Promise<number> {
  if (chosenCloud() === 'aws') return (await import('./aws/instead.ts')).eventsInstead()
  let shown = 0
  for (;;) {
    const lines = linesOf(eventsFile(home))
    for (const line of lines.slice(shown)) {
      const event = JSON.parse(line) as BusEvent
      if (flags.array !== undefined && event.detail.array !== flags.array) continue
      console.log(flags.json ? line : eventLine(event))
    }
    // The bus begins anew when the last array is gone.
    shown = lines.length
    if (!flags.follow) return exitCodes.ok
    await sleep(500)
  }
}

/** A last line that is half written is left for the next look. */
function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
}

/** `2026-11-24T10:00:00Z  star  Operation Completed  star0001  add-luns  changed` */
export function eventLine({ time, source, 'detail-type': type, detail }: BusEvent): string {
  const { array, operation, changed, error, cause } = detail as Record<string, string | boolean | undefined>
  const outcome = error ? `${error}: ${String(cause).split('\n')[0]}` : changed === false ? 'nothing changed' : ''
  return [time, source, type, array, operation, outcome].filter(Boolean).join('  ')
}
