/**
 * What passes by itself: the cloud was too busy or unwell, in all five tries of the SDK. Whether it did what it was asked
 * is not known then, so the function is called again: each of them looks first.
 */
import { CloudUnavailable } from './errors.ts'

/** These come with status 400. */
const TOO_OFTEN = ['ThrottlingException', 'TooManyUpdates']
/** Has the status of a fault, but says what a person may have to see to. */
const NO_ROOM = /^Insufficient\w*Capacity$/
const NETWORK = /^E(CONN\w+|PIPE|TIMEDOUT|AI_AGAIN|NOTFOUND|NETUNREACH|HOSTUNREACH)$/

/** An error's code says that AWS is out of reach. */
export const isOutOfReach = ({ code }: { code?: unknown }): boolean => NETWORK.test(String(code))

/** CloudUnavailable in place of an error of the SDK that is one; any other as it is. */
export function nameUnavailable(error: unknown): unknown {
  if (!(error instanceof Error) || !isUnavailable(error)) return error
  return new CloudUnavailable(`${error.name}: ${error.message}`, { cause: error })
}

function isUnavailable(error: Error & { $metadata?: { httpStatusCode?: number }; code?: unknown }): boolean {
  const { name, $metadata: { httpStatusCode: status = 0 } = {} } = error
  if (NO_ROOM.test(name)) return false
  return status >= 500 || status === 429 || [...TOO_OFTEN, 'TimeoutError'].includes(name) || isOutOfReach(error)
}
