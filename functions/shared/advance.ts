/** One step of one document: its node's agent is waited for, it is sent, it is looked at, it has ended. */
import { mayWait } from './agents.ts'
import { now } from './clock.ts'
import { CloudThrottled, CloudUnavailable, DeadlineExceeded, DocumentLost, NodeDown } from './errors.ts'
import { lookAt } from './invocation.ts'
import { send } from './run-command.ts'
import type { DocumentsGiven, Progress, Run } from './shapes.ts'
import { nameUnavailable } from './unavailable.ts'

/** As often a document is sent, and as often a call is made that finds the cloud out of sorts. */
const TRIES = 3

export const begin = ({ node, document, instanceId }: Run): Progress => ({
  ...{ node, document, instanceId },
  ...{ began: now(), attempt: 0, troubles: 0 },
})

/**
 * `place`: of the document in what was given. `answers`: whether its node's agent does; where that is not known, it is
 * decided whether to wait on. Never throws: what goes wrong is a part of the progress. With patience reports stay where they
 * are: who wants one fetches it by its command's id.
 */
export async function advance(
  { runs, patience }: Pick<DocumentsGiven, 'runs' | 'patience'>,
  place: number,
  was: Progress,
  answers?: boolean,
): Promise<Progress> {
  if (was.ended !== undefined) return was
  const run = runs[place] as Run
  try {
    const { trouble: _, ...is } = await (was.commandId === undefined ? begun(run, was, answers) : seen(was))
    if (patience === undefined) return { ...is, troubles: 0 }
    if (is.ended === undefined && now() - was.began >= patience * 1000)
      throw new DeadlineExceeded(`${run.document} on ${run.node} did not end in its time`)
    return { ...is, troubles: 0, report: undefined }
  } catch (error) {
    return after(error, was, run)
  }
}

async function begun(run: Run, was: Progress, answers?: boolean): Promise<Progress> {
  const since = was.since ?? now()
  const commandId = answers ? await send(run) : undefined
  if (commandId !== undefined) return { ...was, commandId, sentAt: now(), attempt: was.attempt + 1 }
  if (answers === undefined) await mayWait(run, since)
  return { ...was, since }
}

async function seen(was: Progress): Promise<Progress> {
  const end = await lookAt(was)
  return end ? { ...was, ...end } : was
}

function after(thrown: unknown, was: Progress, { offIsDone }: Run): Progress {
  const { since: _, commandId: __, sentAt: ___, ...rest } = was
  const error = nameUnavailable(thrown) as Error
  const failure = { Error: error.name, Cause: error.message }
  // The machine may be rebooting: its agent is waited for again.
  if (error instanceof DocumentLost && was.attempt < TRIES) return { ...rest, trouble: failure }
  // Who runs documents has a deadline for them.
  if (error instanceof CloudThrottled || (error instanceof CloudUnavailable && was.troubles < TRIES))
    return { ...was, trouble: failure, troubles: was.troubles + 1 }
  if (offIsDone && error instanceof NodeDown) return { ...rest, ended: now() }
  return { ...was, failure, ended: now() }
}
