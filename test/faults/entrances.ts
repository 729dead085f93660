/** How operations are asked for where no command does it: the API, an event, the timer. Each is a function that starts a workflow. */
import { ARRAY } from '../sequences/sequence.ts'
import type { Outcome, World } from '../sequences/world.ts'

export interface Entrance {
  /** The function's name. */
  name: string
  /** Asks as whoever stands there does, again where that is what the documentation says. */
  ask(world: World): Promise<Outcome>
}

const stopped = ['FAILED', 'ABORTED']

/** Who has no answer asks again with the same key; to ask again for what failed takes another one. */
const byApi = (path: string, body: object): Entrance => ({
  name: 'handle-api',
  async ask(world) {
    for (let key = 1; ; key++) {
      const reply = await world.enter('handle-api', {
        rawPath: path,
        headers: { 'content-type': 'application/json', 'idempotency-key': `key-${key}` },
        body: JSON.stringify(body),
        requestContext: { http: { method: 'POST' } },
      })
      if (!('answer' in reply)) return reply.outcome
      const { statusCode, body: text } = reply.answer as { statusCode: number; body: string }
      const answer = JSON.parse(text)
      if (statusCode !== 202) return reply.failed(answer.detail)
      // Known already, and not started by this request: the key is used up.
      const known = answer.operation.status
      if (!stopped.includes(known.toUpperCase())) return reply.of(answer.operation.id)
    }
  },
})

/** Buses deliver again what a function did not end well with: the same event. */
const byEvent = (detail: object): Entrance => ({
  name: 'take-event',
  async ask(world) {
    const reply = await world.enter('take-event', { id: 'event-1', 'detail-type': 'LUNs Requested', detail })
    if (!('answer' in reply)) return reply.outcome
    return reply.of((reply.answer as { operation: string }).operation)
  },
})

/**
 * Five minutes later the timer looks again. Where it finds nothing to do, a void lock may be left: it goes with the next
 * operation, whatever that is.
 */
const byTimer: Entrance = {
  name: 'apply-schedules',
  async ask(world) {
    await world.time.sleep(5 * 60_000)
    const reply = await world.enter('apply-schedules', {})
    if (!('answer' in reply)) return reply.outcome
    const [applied] = (reply.answer as { applied: { operation?: string }[] }).applied
    return applied?.operation ? reply.of(applied.operation) : await world.ask('stop-array', { array: ARRAY })
  },
}

export const entrances = { byApi, byEvent, byTimer }
