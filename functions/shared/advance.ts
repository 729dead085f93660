/** One step of one document: its node's agent is waited for, it is sent, it is looked at, it has ended. */
import { mayWait } from './agents.ts'
import { now } from './clock.ts'
import { CloudUnavailable, DeadlineExceeded, DocumentLost } from './errors.ts'
import { findInvocation, outcomeOf } from './invocation.ts'
import { send } from './run-command.ts'
import type { Progress, Run } from './shapes.ts'
import { nameUnavailable } from './unavailable.ts'

/** As often a document is sent, and as often a call is made that finds the cloud out of sorts. */
const TRIES = 3
/** For so long the service may not know of a command it has just taken. */
const VISIBLE_SECONDS = 30
/** Longer than any document may run; only a service that lost a command comes to this. */
const LOST_SECONDS = 7_400

export const begin = ({ node, document, instanceId }: Run): Progress => ({
  ...{ node, document, instanceId },
  ...{ began: now(), attempt: 0, troubles: 0 },
})

/** `answers`: whether the node's agent does. Never throws: what goes wrong is a part of the progress. */
export async function advance(run: Run, was: Progress, answers: boolean, patience?: number): Promise<Progress> {
  if (was.ended !== undefined) return was
  try {
    const { trouble: _, ...is } = await (was.commandId === undefined ? begun(run, was, answers) : seen(was))
    if (is.ended === undefined && patience !== undefined && now() - was.began >= patience * 1000)
      throw new DeadlineExceeded(`${run.document} on ${run.node} did not end in its time`)
    return { ...is, troubles: 0 }
  } catch (error) {
    return after(error, was)
  }
}

async function begun(run: Run, was: Progress, answers: boolean): Promise<Progress> {
  const since = was.since ?? now()
  const commandId = answers ? await send(run) : undefined
  if (commandId !== undefined) return { ...was, commandId, sentAt: now(), attempt: was.attempt + 1 }
  await mayWait(run, since)
  return { ...was, since }
}

async function seen(was: Progress): Promise<Progress> {
  const { document, node, instanceId, commandId = '', sentAt = 0 } = was
  const what = `${document} on ${node}`
  const seconds = (now() - sentAt) / 1000
  const invocation = await findInvocation(instanceId, commandId)
  if (!invocation && seconds > VISIBLE_SECONDS) throw new DocumentLost(`${what} was sent, but nothing is known of it`)
  const report = invocation && outcomeOf(invocation, what)
  if (report) return { ...was, report, ended: now() }
  if (seconds > LOST_SECONDS) throw new DocumentLost(`${what} has not ended in ${LOST_SECONDS} s`)
  return was
}

function after(thrown: unknown, was: Progress): Progress {
  const { since: _, commandId: __, sentAt: ___, ...rest } = was
  const error = nameUnavailable(thrown) as Error
  const failure = { Error: error.name, Cause: error.message }
  // The machine may be rebooting: its agent is waited for again.
  if (error instanceof DocumentLost && was.attempt < TRIES) return { ...rest, trouble: failure }
  if (error instanceof CloudUnavailable && was.troubles < TRIES)
    return { ...was, trouble: failure, troubles: was.troubles + 1 }
  return { ...was, failure, ended: now() }
}
