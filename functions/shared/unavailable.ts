/**
 * What passes by itself: the cloud was too busy or unwell, in all five tries of the SDK. Whether it did what it was asked
 * is not known then, so the function is called again: each of them looks first.
 */
import { CloudThrottled, CloudUnavailable } from './errors.ts'

/** Some come with the status of a fault of the caller's, some with that of one of AWS's. */
const TOO_OFTEN = ['ThrottlingException', 'TooManyUpdates', 'RequestLimitExceeded']
/** Has the status of a fault, but says what a person may have to see to. */
const NO_ROOM = /^Insufficient\w*Capacity$/
const NETWORK = /^E(CONN\w+|PIPE|TIMEDOUT|AI_AGAIN|NOTFOUND|NETUNREACH|HOSTUNREACH)$/

/** An error's code says that AWS is out of reach. */
export const isOutOfReach = ({ code }: { code?: unknown }): boolean => NETWORK.test(String(code))

type Thrown = Error & { $metadata?: { httpStatusCode?: number }; code?: unknown }

/** CloudUnavailable, or CloudThrottled, in place of an error of the SDK that is one; any other as it is. */
export function nameUnavailable(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const told = [`${error.name}: ${error.message}`, { cause: error }] as const
  if (isThrottled(error)) return new CloudThrottled(...told)
  return isUnavailable(error) ? new CloudUnavailable(...told) : error
}

const statusOf = ({ $metadata: { httpStatusCode = 0 } = {} }: Thrown) => httpStatusCode

const isThrottled = (error: Thrown) => statusOf(error) === 429 || TOO_OFTEN.includes(error.name)

function isUnavailable(error: Thrown): boolean {
  return !NO_ROOM.test(error.name) && (statusOf(error) >= 500 || error.name === 'TimeoutError' || isOutOfReach(error))
}
