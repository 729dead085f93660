/** What can go wrong, and where: a call that a function makes of AWS, a workflow that another starts, or a document on a node. */
import { isExpress } from '../../infra/definitions.ts'

/** Of what happens in one run of a workflow. Its name is the same in every run that went the same way until then. */
export interface Point {
  on: 'call' | 'start' | 'document'
  /** The function that calls, the workflow that starts another, or the document. */
  by: string
  /** The command, the other workflow, or the node. */
  what: string
  /** 1 for the first time that it happens in this run. */
  nth: number
}

export const nameOf = ({ by, what, nth }: Point) => `${by} ${what} ${nth}`

/**
 * Of a call. What the SDK tries again and gets through with its five tries reaches nobody; so a passing fault here is
 * one that outlasted these, and the next call is answered. `hung`: no answer before the function's own time is up.
 * `refused`: permission, limit or capacity; each function has permissions of its own, and what it lacks stays so until
 * the run has ended.
 */
const ofChanges = ['throttled', 'unwell', 'unheard', 'refused', 'hung', 'killed before', 'killed after'] as const
/** Of one that only reads, an error after it took effect is like one before it. */
const ofReads = ['throttled', 'unwell', 'refused', 'hung', 'killed before'] as const
/** Of the start of a workflow by another. Started `unheard` it goes on, and Step Functions starts another beside it. */
const ofStarts = ['throttled', 'unwell', 'unheard', 'refused', 'killed before', 'killed after'] as const
/** Of a document. `mute`: its agent is not heard of again, until a person sees to it. */
const ofDocuments = ['failed', 'failed late', 'rebooted', 'rebooted late', 'mute'] as const

export type Kind = (typeof ofChanges)[number] | (typeof ofDocuments)[number]

export function kindsAt({ on, what }: Pick<Point, 'on' | 'what'>): readonly Kind[] {
  if (on === 'document') return ofDocuments
  if (on === 'start') return ofStarts
  return isRead({ on, what }) ? ofReads : ofChanges
}

export const isRead = ({ on, what }: Pick<Point, 'on' | 'what'>) => on === 'call' && /^(Describe|Get|List)/.test(what)

export interface Fault {
  point: Point
  kind: Kind
}

export const tellOf = ({ point, kind }: Fault) => `${nameOf(point)}, ${kind}`

/** What EC2 or Systems Manager says where it will not do it, whoever asks again. Else a permission is missing. */
const LIMITS: Record<string, string> = {
  RunInstances: 'VcpuLimitExceeded',
  StartInstances: 'InsufficientInstanceCapacity',
  CreateVolume: 'VolumeLimitExceeded',
  AttachVolume: 'AttachmentLimitExceeded',
  CreateSecurityGroup: 'SecurityGroupLimitExceeded',
  AuthorizeSecurityGroupIngress: 'RulesPerSecurityGroupLimitExceeded',
  PutParameter: 'ParameterLimitExceeded',
}

/** In every text that tells of a fault. */
export const MARK = 'as injected'

/** As the SDK gives it to who called. */
export function errorOf(kind: Kind, service: string, command: string): Error {
  const ofEc2 = service === 'ec2'
  const denied = ofEc2 ? 'UnauthorizedOperation' : 'AccessDeniedException'
  const [name, status] =
    kind === 'throttled'
      ? ofEc2
        ? ['RequestLimitExceeded', 503]
        : ['ThrottlingException', 400]
      : kind === 'refused'
        ? [LIMITS[command] ?? denied, LIMITS[command]?.startsWith('Insufficient') ? 500 : 400]
        : [ofEc2 ? 'InternalError' : 'InternalServerError', 500]
  const $metadata = { httpStatusCode: status, attempts: 5 }
  return Object.assign(new Error(`${command} ${MARK}`), { name, $metadata, $fault: 'client' })
}

/** As Step Functions' own integration tells it, or the SDK's, by which Express workflows are started. */
export function startErrorOf(kind: Kind, machine: string): Error {
  const code = { throttled: 'ThrottlingException', refused: 'AccessDeniedException' }[String(kind)] ?? 'InternalFailure'
  const message = `StartExecution ${MARK} (Service: Sfn; Status Code: ${kind === 'unwell' ? 500 : 400}; Error Code: ${code})`
  return Object.assign(new Error(message), {
    name: isExpress(machine) ? 'Sfn.SfnException' : 'StepFunctions.AWSStepFunctionsException',
  })
}
