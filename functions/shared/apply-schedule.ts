/** One array's schedule, held against what its machines are now. */
import { date } from './clock.ts'
import { holderOf } from './lock.ts'
import type { Node } from './picture.ts'
import { readRecord } from './record.ts'
import { decide, situationOf } from './schedule.ts'
import { startOperation } from './start-operation.ts'

/** What became of one array; `operation` is the id of what was started. */
export interface Applied {
  array: string
  action: 'start' | 'stop' | 'none'
  operation?: string
  because?: string
}

/** However often somebody looks in this time, what is due is begun once; what failed is begun again in the next one. */
const ATTEMPT_MS = 5 * 60_000

/** Undefined where there is no schedule, or no array yet. */
export async function applySchedule(array: string, nodes: Node[]): Promise<Applied | undefined> {
  const now = date()
  const record = await readRecord(array)
  const situation = record && situationOf(record, nodes, now)
  if (!situation) return undefined
  const decision = decide(situation)
  if (decision.action === 'none') return { array, ...decision }
  const holder = await holderOf(array)
  if (holder) return { array, action: 'none', because: `it is being changed by ${holder.operation}` }
  const key = ['schedule', array, decision.action, decision.due, Math.floor(now / ATTEMPT_MS)].join(' ')
  const { id, existed } = await startOperation(`${decision.action}-array`, { array }, key)
  if (existed) return { array, action: 'none', because: `${id} was begun already` }
  return { array, action: decision.action, operation: id }
}
