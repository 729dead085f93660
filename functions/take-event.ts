/**
 * Starts what an event on the bus asks for: `LUNs Requested` starts add-luns, with the operation's own input as its
 * detail. Buses deliver at least once; an event's id, or the key in its detail, makes that one addition. What cannot be
 * accepted is told on the bus: nobody waits here for an answer.
 */
import * as z from 'zod'
import { announce } from './shared/announce.ts'
import { isNamed } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { ArrayName } from './shared/names.ts'
import { startOperation } from './shared/start-operation.ts'

const Event = z.looseObject({
  id: z.string(),
  'detail-type': z.literal('LUNs Requested'),
  detail: z.record(z.string(), z.unknown()),
})

/** `operation` is the id of what was started, by this delivery or an earlier one; `refused` says why nothing was. */
export const handler = define(Event, async ({ id, detail }): Promise<{ operation?: string; refused?: string }> => {
  const key = typeof detail.key === 'string' ? detail.key : id
  try {
    return { operation: (await startOperation('add-luns', detail, key)).id }
  } catch (error) {
    if (!isNamed(error, 'RequestRejected')) throw error
    const array = ArrayName.safeParse(detail.array).data
    const { name, message: cause } = error
    await announce('Operation Failed', { ...(array && { array }), operation: 'add-luns', error: name, cause })
    return { refused: cause }
  }
})
