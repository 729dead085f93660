/**
 * Called by a timer every hour: counts the arrays that run and the locks that were left, and has every array looked at
 * that is to serve and is left alone. What a look finds it tells itself: see `assess-array`.
 */
import * as z from 'zod'
import { allNodes } from './shared/arrays.ts'
import { now } from './shared/clock.ts'
import { WatchFailed } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { powerOf } from './shared/inspection.ts'
import { holderOf, leftLocks } from './shared/lock.ts'
import type { Node } from './shared/picture.ts'
import { readRecord } from './shared/record.ts'
import { startOperation } from './shared/start-operation.ts'
import { putMetrics } from './shared/telemetry.ts'

const HOUR_MS = 3_600_000

/** EventBridge's own event says nothing that matters here. */
export const handler = define(z.looseObject({}), async () => {
  const arrays = [...Map.groupBy(await allNodes(), ({ array }) => array)]
  const running = arrays.filter(([, nodes]) => nodes.some(({ state }) => state === 'running')).length
  const locksLeft = await leftLocks()
  putMetrics({ ArraysRunning: running, LocksLeft: locksLeft.length }, { locksLeft })
  const looks = await Promise.allSettled(arrays.map(([array, nodes]) => look(array, nodes)))
  const failures = looks.flatMap((look, i) =>
    look.status === 'rejected' ? [`${arrays[i]?.[0]}: ${look.reason.name}: ${look.reason.message}`] : [],
  )
  if (failures.length > 0) throw new WatchFailed(failures.join('\n'))
  return { running, locksLeft, looks: looks.flatMap(look => (look.status === 'fulfilled' ? (look.value ?? []) : [])) }
})

/** The id of what was started. However often the timer goes off in an hour, it is one look. */
async function look(array: string, nodes: Node[]): Promise<string | undefined> {
  const record = await readRecord(array)
  if (record?.state !== 'ready' || powerOf(nodes) === 'stopped' || (await holderOf(array))) return undefined
  const { id } = await startOperation('inspect-array', { array }, `watch ${array} ${Math.floor(now() / HOUR_MS)}`)
  return id
}
