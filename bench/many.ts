/**
 * Many arrays asked for at once, in memory and in virtual time, by an account that may ask AWS as often as AWS publishes: all
 * of them are built, and as fast as the tightest of its limits allows.
 */
import { StartExecutionCommand } from '@aws-sdk/client-sfn'
import { startInBackground } from '../infra/local/engine-background.ts'
import { memoryStore } from '../infra/local/memory-store.ts'
import { machineArn } from '../infra/local/sfn.ts'
import { openMemoryLab } from '../test/statemachines/memory-lab.ts'
import { type BenchFlags, type Figure, tableOf } from './figure.ts'
import { type Bucket, leastOf, openLimits } from './limits.ts'

const ARRAYS = 1000
const GOAL = 0.9
const BOOT_SECONDS = 40

export interface Many {
  arrays: number
  /** Why one was not built, and how many were not because of that. */
  failures: Map<string, number>
  /** Seconds from the request to the verified array, in rising order. */
  took: number[]
  buckets: ReadonlyMap<string, Bucket>
  /** When the first was asked for: milliseconds, as in the buckets. */
  began: number
  /** MiB of this process when a quarter, a half, three quarters and all had ended. */
  memory: number[]
}

export async function many({ arrays = ARRAYS, signal }: BenchFlags): Promise<{ figure: Figure; report: string }> {
  const found = await buildAll(arrays, signal)
  return { figure: figureOf(found), report: reportOf(found) }
}

export async function buildAll(arrays: number, signal?: AbortSignal): Promise<Many> {
  const limits = openLimits(() => lab.clock)
  const limited = (command: string) => () => limits.pass(command)
  const faults = new Proxy({}, { get: (_, command: string) => limited(command), has: () => true })
  const lab = openMemoryLab({ driver: { bootMs: BOOT_SECONDS * 1000 }, faults, cloud: { store: memoryStore() } })
  const background = startInBackground(lab.cloud, { record: () => {}, ...(signal && { signal }) })
  const { now } = lab.clock
  const [began, failures, took, memory]: [number, Many['failures'], number[], number[]] = [now(), new Map(), [], []]
  let ended = 0
  const one = async (array: string) => {
    const input = JSON.stringify({ array })
    await lab.cloud.sfn.send(
      new StartExecutionCommand({ stateMachineArn: machineArn('provision-array'), name: array, input }),
    )
    const { status, error = '', cause = '' } = (await background.result(array)) ?? {}
    if (status === 'SUCCEEDED') took.push((now() - began) / 1000)
    else count(failures, `${error}: ${cause.split('\n')[0]}`)
    if (++ended % Math.ceil(arrays / 4) === 0 || ended === arrays) memory.push(process.memoryUsage().rss / 2 ** 20)
  }
  try {
    await Promise.all(Array.from({ length: arrays }, (_, place) => one(`many${String(place).padStart(4, '0')}`)))
    return { arrays, failures, took, buckets: limits.buckets, began, memory }
  } finally {
    await background.idle()
    lab.close()
  }
}

const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)

/** The limit that is worked off last, however well it is used. */
export function tightest({ buckets }: Many): { name: string; bucket: Bucket; least: number } | undefined {
  const all = [...buckets].map(([name, bucket]) => ({ name, bucket, least: leastOf(bucket, bucket.taken) }))
  return all.sort((a, b) => b.least - a.least)[0]
}

/** Of the rate that the tightest limit allows: until the last call that it let through. */
export function shareOf(found: Many): number {
  const limit = tightest(found)
  return limit ? (limit.least * 1000) / (limit.bucket.last - found.began) : 0
}

export function figureOf(found: Many): Figure {
  const { arrays, took } = found
  const share = shareOf(found)
  return {
    figure: `${took.length} of ${arrays} built, ${(share * 100).toFixed(0)} % of the rate that ${tightest(found)?.name} allows`,
    goal: `all, ${GOAL * 100} %`,
    met: took.length === arrays && share >= GOAL,
  }
}

export function reportOf(found: Many): string {
  const { arrays, took, failures, buckets, began, memory } = found
  const rows = [...buckets]
    .sort(([, a], [, b]) => leastOf(b, b.taken) - leastOf(a, a.taken))
    .map(([name, bucket]) => [
      ...[name, `${bucket.size}, ${bucket.rate} a second`, String(bucket.taken), String(bucket.refused)],
      leastOf(bucket, bucket.taken).toFixed(0),
      ((bucket.last - began) / 1000).toFixed(0),
    ])
  const at = (share: number) => took[Math.max(0, Math.ceil(took.length * share) - 1)]?.toFixed(0) ?? '-'
  const lost = [...failures].map(([why, times]) => `- ${times} times ${why}`)
  return `# Many arrays at once

\`./star bench many\`: ${arrays} arrays of the usual size, all asked for in the same moment, in memory and in virtual time, with AWS's limits on
how often an account may ask. Boots take ${BOOT_SECONDS} s there, documents 3 s.

${took.length} were built: the first after ${at(0)} s, half of them after ${at(0.5)} s, the last after ${at(1)} s. ${failures.size === 0 ? 'None failed.' : `Others failed:\n\n${lost.join('\n')}`}
The process had ${memory.map(mib => mib.toFixed(0)).join(', ')} MiB when a quarter, a half, three quarters and all of them had ended.

*least*: seconds that the limit itself takes for so many calls, all at once. *last*: when the last of them was let through.

${tableOf(['call', 'limit', 'let through', 'refused', 'least', 'last'], rows)}
`
}
