/**
 * Starts what an event on the bus asks for: `LUNs Requested` starts add-luns, with the operation's own input as its
 * detail. Buses deliver at least once; an event's id, or the key in its detail, makes that one addition. What cannot be
 * accepted is told on the bus: nobody waits here for an answer.
 */
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn'
import * as z from 'zod'
import { announce } from './shared/announce.ts'
import { sfn } from './shared/clients/sfn.ts'
import { isNamed } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { ArrayName } from './shared/names.ts'
import { startOperation } from './shared/start-operation.ts'

const Event = z.looseObject({
  id: z.string(),
  'detail-type': z.literal('LUNs Requested'),
  detail: z.record(z.string(), z.unknown()),
})
type Detail = z.output<typeof Event>['detail']

/** `operation` is the id of what was started, by this delivery or an earlier one; `refused` says why nothing was. */
export const handler = define(Event, async ({ id, detail }): Promise<{ operation?: string; refused?: string }> => {
  try {
    return { operation: await startOnce(detail, typeof detail.key === 'string' ? detail.key : id) }
  } catch (error) {
    if (!isNamed(error, 'RequestRejected')) throw error
    const array = ArrayName.safeParse(detail.array).data
    const { name, message: cause } = error
    await announce('Operation Failed', { ...(array && { array }), operation: 'add-luns', error: name, cause })
    return { refused: cause }
  }
})

/** After so many failures the last one is the answer. */
const TRIES = 20

/** Who sends a request again that has failed (the array was busy, say) wants another try; a second delivery does no harm. */
async function startOnce(detail: Detail, key: string, attempt = 1): Promise<string> {
  const { id, executionArn, existed } = await startOperation(
    'add-luns',
    // Also in the array's record: what was added before it failed in the end is not added again.
    { key, ...detail },
    attempt === 1 ? key : `${key} ${attempt}`,
  )
  if (existed && attempt < TRIES && (await hasFailed(executionArn))) return await startOnce(detail, key, attempt + 1)
  return id
}

async function hasFailed(executionArn: string): Promise<boolean> {
  const { status = '' } = await sfn().send(new DescribeExecutionCommand({ executionArn }))
  return ['FAILED', 'ABORTED', 'TIMED_OUT'].includes(status)
}
