/**
 * Follows an execution, and those it starts, to its end. Each is looked at every second while something happens in it, and
 * more seldom while nothing does: AWS lets an account read 20 histories a second.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProgressEvent } from '../../infra/local/progress.ts'
import { Detached } from '../failure.ts'
import { namesOf } from './children.ts'
import { type Reader, readerOf } from './history.ts'
import { isPassing } from './refusals.ts'
import { createTranslator, type End, type Identity, type Translator } from './translate.ts'

const SOON_MS = 1_000
const LATE_MS = 3_000
/** So long AWS may be out of reach. */
const PATIENCE_MS = 120_000
const SIDE_BY_SIDE = 4

type Listener = (event: ProgressEvent) => void

/** The signal ends the following, and not the execution. Throws Detached where that goes on unseen. */
export async function follow(executionArn: string, onEvent: Listener, signal?: AbortSignal): Promise<End> {
  const watch = createWatch(executionArn, onEvent)
  try {
    for (;;) {
      signal?.throwIfAborted()
      const end = await watch.look()
      if (end) return end
      await sleep(watch.pauseMs(), undefined, { signal })
    }
  } catch (error) {
    throw new Detached(executionArn, signal?.aborted ? undefined : (error as Error))
  }
}

/** Tells what has happened until now. */
export async function readAll(executionArn: string, onEvent: Listener): Promise<void> {
  await createWatch(executionArn, onEvent).look()
}

interface Followed {
  name: string
  read: Reader
  translator: Translator
  parent?: Followed
  end?: End
  intervalMs: number
  /** When to look next, and since when looking fails; milliseconds since the epoch. */
  due: number
  failing?: number
}

function createWatch(executionArn: string, onEvent: Listener) {
  const followed = new Map<string, Followed>()
  const begin = (arn: string, { machine, name }: Identity, parent?: Followed) => {
    const translator = createTranslator({ machine, name, ...(parent && { parent: parent.name }) })
    const one: Followed = { name, read: readerOf(arn), translator, parent, intervalMs: SOON_MS, due: 0 }
    followed.set(arn, one)
    return one
  }
  const top = begin(executionArn, namesOf(executionArn))
  const open = () => [...followed.values()].filter(({ end }) => !end)

  /** Answers whom to look at next, because of what was seen. */
  async function lookAt(one: Followed, tell: Listener): Promise<Followed[]> {
    const next: Followed[] = []
    const history = await one.read()
    for (const entry of history) {
      const { events, started, ended, end } = one.translator.add(entry)
      for (const event of events) tell(event)
      for (const child of started) next.push(begin(child.arn, child, one))
      // Its last events come before those of who waited for it.
      for (const arn of ended) next.push(...[followed.get(arn) ?? []].flat())
      one.end ??= end
    }
    one.intervalMs = history.length > 0 ? SOON_MS : Math.min(LATE_MS, one.intervalMs * 1.5)
    one.due = Date.now() + one.intervalMs
    one.failing = undefined
    if (one.end && one.parent) one.parent.due = 0
    return next.filter(({ end }) => !end)
  }

  /** An execution may not be known yet that was started just now. */
  async function patiently(one: Followed, tell: Listener): Promise<Followed[]> {
    try {
      return await lookAt(one, tell)
    } catch (error) {
      one.failing ??= Date.now()
      if (!isPassing(error) || Date.now() - one.failing > PATIENCE_MS) throw error
      one.due = Date.now() + LATE_MS
      return []
    }
  }

  return {
    /** The end of the execution, once there is one. */
    async look(): Promise<End | undefined> {
      const news: ProgressEvent[] = []
      const queue = new Set(open().filter(({ due }) => due <= Date.now()))
      while (queue.size > 0) {
        const batch = [...queue].slice(0, SIDE_BY_SIDE)
        for (const one of batch) queue.delete(one)
        const next = await Promise.all(batch.map(one => patiently(one, event => news.push(event))))
        for (const one of next.flat()) queue.add(one)
      }
      for (const event of news.sort((a, b) => a.at - b.at || rank(a) - rank(b))) onEvent(event)
      return top.end
    },
    pauseMs: () => Math.max(100, Math.min(...open().map(({ due }) => due)) - Date.now()),
  }
}

/** Of what happened in the same millisecond ends come last, and that of the whole last of all. */
const rank = ({ kind, parent }: ProgressEvent) => (kind !== 'execution-ended' ? 0 : parent ? 1 : 2)
