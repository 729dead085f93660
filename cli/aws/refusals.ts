/** What AWS and its SDK say when they do not do as asked, in words that a person can act on. */
import { isOutOfReach } from '../../functions/shared/unavailable.ts'
import { Mistake } from '../failure.ts'

interface Refusal extends Error {
  $fault?: 'client' | 'server'
  $retryable?: object
  code?: string
}

const passing = ['ThrottlingException', 'TooManyRequestsException', 'TimeoutError', 'ExecutionDoesNotExist']

/** Worth another try: AWS is busy, the network is away, or what was just made is not known everywhere yet. */
export function isPassing(error: unknown): boolean {
  const { name, $fault, $retryable } = error as Refusal
  return $retryable !== undefined || $fault === 'server' || passing.includes(name) || isOutOfReach(error as Refusal)
}

const nobody = ['CredentialsProviderError', 'TokenProviderError']
const expired = ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'InvalidClientTokenId']
const unknown = ['UnrecognizedClientException', 'InvalidSignatureException', 'AuthFailure', 'SignatureDoesNotMatch']
const denied = ['AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation']

/** Mistakes of who runs the command become that; all else stays what it is. */
export function explained(error: unknown): unknown {
  const { name, message } = error as Refusal
  const words = wordsFor(name, message)
  return words === undefined ? error : new Mistake(words, { cause: error })
}

function wordsFor(name: string, message: string): string | undefined {
  if (/^Region (is missing|not accepted)/.test(message)) {
    return 'which region? Say --region, or set AWS_REGION or a region in your AWS profile'
  }
  if (nobody.includes(name)) {
    return 'there are no credentials for AWS: log in (aws sso login, or aws configure), or set AWS_PROFILE'
  }
  if (expired.includes(name)) return 'the credentials for AWS have expired: log in again (aws sso login)'
  if (unknown.includes(name))
    return 'AWS does not accept these credentials: look at AWS_PROFILE, and at this computer’s clock'
  if (denied.includes(name)) return 'these credentials are not allowed to do that on AWS'
  return undefined
}
