/**
 * How often an account may ask, as AWS publishes it for a region such as Tokyo: buckets of tokens that fill up at a rate. What
 * is not published (Run Command's calls) has no bucket here.
 */
import type { Clock } from '../infra/local/clock.ts'

export interface Limit {
  size: number
  /** Tokens a second. */
  rate: number
}

/**
 * EC2: "Request throttling for the Amazon EC2 API", 2026-11: each action has a bucket of its own. Its numbers but for
 * Describe's are from memory, not confirmed. Parameter Store: 40 reads of all kinds and 3 writes a second, the default
 * throughput; deletions are not published. Step Functions: its quotas.
 */
const DESCRIBE: Limit = { size: 100, rate: 20 }
const CHANGE: Limit = { size: 50, rate: 5 }
const LIMITS: Record<string, Limit> = {
  RunInstances: { size: 5, rate: 2 },
  PutParameter: { size: 3, rate: 3 },
  GetParameter: { size: 40, rate: 40 },
  StartExecution: { size: 800, rate: 150 },
}
const SHARED: Record<string, string> = { GetParameters: 'GetParameter', GetParametersByPath: 'GetParameter' }
/** Of other services, or not published. */
const FREE =
  /^(SendCommand|GetCommandInvocation|CancelCommand|DescribeInstanceInformation|DeleteParameter|PutEvents|DescribeExecution|ListExecutions|DescribeDocument)$/

export function limitOf(command: string): Limit | undefined {
  if (FREE.test(command)) return undefined
  return LIMITS[command] ?? (command.startsWith('Describe') ? DESCRIBE : CHANGE)
}

export interface Bucket extends Limit {
  /** Calls that were let through, when the last of them was, and calls that were not. */
  taken: number
  last: number
  refused: number
}

/** The SDK's, in `functions/shared/clients.ts`: so many tries, and up to 1, 2, 4 and 8 s between them. */
const TRIES = 5

export function openLimits(clock: () => Clock) {
  const buckets = new Map<string, Bucket & { tokens: number; filled: number }>()

  function take(command: string): boolean {
    const name = SHARED[command] ?? command
    const limit = limitOf(name)
    if (!limit) return true
    const now = clock().now()
    const bucket = buckets.get(name) ?? { ...limit, tokens: limit.size, filled: now, taken: 0, last: now, refused: 0 }
    buckets.set(name, bucket)
    bucket.tokens = Math.min(bucket.size, bucket.tokens + ((now - bucket.filled) / 1000) * bucket.rate)
    bucket.filled = now
    if (bucket.tokens < 1) {
      bucket.refused++
      return false
    }
    bucket.tokens--
    bucket.taken++
    bucket.last = now
    return true
  }

  return {
    buckets: buckets as ReadonlyMap<string, Bucket>,
    /** Comes back when the call may be made. Throws as the SDK does when its tries are over. */
    async pass(command: string): Promise<void> {
      for (let tries = 1; !take(command); tries++) {
        if (tries === TRIES) {
          const error = Object.assign(new Error('Request limit exceeded.'), { name: 'RequestLimitExceeded' })
          throw Object.assign(error, { $fault: 'client', $metadata: { httpStatusCode: 503 } })
        }
        await clock().sleep(Math.random() * 1000 * 2 ** (tries - 1))
      }
    },
  }
}

/** Seconds that a bucket takes for so many calls, all asked for at once. */
export const leastOf = ({ size, rate }: Limit, calls: number) => Math.max(0, calls - size) / rate
