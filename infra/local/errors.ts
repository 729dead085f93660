import { EC2ServiceException } from '@aws-sdk/client-ec2'
import { ValidationException } from '@aws-sdk/client-ssm'

/** What every refusal carries besides its code. */
export const refused = { $metadata: { httpStatusCode: 400 } }

/** EC2 has no class for each error: callers tell them apart by `name`, which is EC2's error code. */
export function ec2Error(code: string, message: string): EC2ServiceException {
  return new EC2ServiceException({ ...refused, name: code, message, $fault: 'client' })
}

export const ssmValidation = (message: string) => new ValidationException({ ...refused, message })

/** A machine driver that could not do its part: the cloud's fault, not the caller's. A driver's own EC2 error passes. */
export function driverFailed(what: string, error: unknown): EC2ServiceException {
  if (error instanceof EC2ServiceException) return error
  const message = `${what}: ${error instanceof Error ? error.message : String(error)}`
  const failure = new EC2ServiceException({
    $metadata: { httpStatusCode: 500 },
    name: 'InternalError',
    message,
    $fault: 'server',
  })
  failure.cause = error
  return failure
}

/** The local cloud's record on disk cannot be read: no guess is made about machines that may still be running. */
export class StateDamaged extends Error {
  override readonly name = 'StateDamaged'
  readonly file: string

  constructor(file: string, reason: string, cause?: unknown) {
    super(
      `${file} cannot be read: ${reason}. It is the local cloud's only record of its machines and disks, which are kept beside it. ` +
        'Put back a good copy of the file; or give everything up: end the machines that still run ' +
        'and delete the whole directory the file is in.',
      { cause },
    )
    this.file = file
  }
}
