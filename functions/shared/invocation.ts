/** How a document that was sent to a node is doing. */
import { GetCommandInvocationCommand, type GetCommandInvocationCommandOutput } from '@aws-sdk/client-ssm'
import { ssm } from './clients/ssm.ts'
import { now } from './clock.ts'
import { DocumentFailed, DocumentLost, isNamed } from './errors.ts'
import { parseReport, type Report } from './reports.ts'
import type { Progress } from './shapes.ts'

/** For so long the service may not know of a command it has just taken. */
const VISIBLE_SECONDS = 30
/** Longer than any document may run; only a service that lost a command comes to this. */
const LOST_SECONDS = 7_400

type Sent = Pick<Progress, 'document' | 'node' | 'instanceId' | 'commandId' | 'sentAt'>

/** What it ended with, and when; undefined while it runs. Throws DocumentFailed, or DocumentLost where sending it again makes sense. */
export async function lookAt(sent: Sent): Promise<{ report: Report; ended: number } | undefined> {
  const { document, node, instanceId, commandId = '', sentAt = 0 } = sent
  const what = `${document} on ${node}`
  const seconds = (now() - sentAt) / 1000
  const invocation = await findInvocation(instanceId, commandId)
  if (!invocation && seconds > VISIBLE_SECONDS) throw new DocumentLost(`${what} was sent, but nothing is known of it`)
  const report = invocation && outcomeOf(invocation, what)
  if (report) return { report, ended: endOf(invocation, sentAt) }
  if (seconds > LOST_SECONDS) throw new DocumentLost(`${what} has not ended in ${LOST_SECONDS} s`)
  return undefined
}

/** By the node's clock, where that can be. */
function endOf({ ExecutionEndDateTime = '' }: GetCommandInvocationCommandOutput, sentAt: number): number {
  const ended = Date.parse(ExecutionEndDateTime)
  return ended >= sentAt && ended <= now() ? ended : now()
}

/** Undefined where the service does not know of it: so soon after sending, that means pending. */
export async function findInvocation(
  instanceId: string,
  commandId: string,
): Promise<GetCommandInvocationCommandOutput | undefined> {
  try {
    return await ssm().send(new GetCommandInvocationCommand({ InstanceId: instanceId, CommandId: commandId }))
  } catch (error) {
    if (isNamed(error, 'InvocationDoesNotExist')) return undefined
    throw error
  }
}

const UNDER_WAY = ['Pending', 'InProgress', 'Delayed', 'Cancelling']
/** The script did not run, or its end will never be known. */
const LOST = ['DeliveryTimedOut', 'Undeliverable', 'Delivery Timed Out']
/** What the agent leaves when the machine went down under the script. */
const CUT_OFF = /document process failed unexpectedly/

/** The report, or undefined while it runs. Throws DocumentFailed, or DocumentLost where sending it again makes sense. */
export function outcomeOf(invocation: GetCommandInvocationCommandOutput, what: string): Report | undefined {
  const { Status = '', StatusDetails = '', ResponseCode = -1, StandardOutputContent: stdout = '' } = invocation
  const stderr = invocation.StandardErrorContent ?? ''
  if (UNDER_WAY.includes(Status)) return undefined
  if (LOST.includes(StatusDetails)) throw new DocumentLost(`${what} was not delivered: ${StatusDetails}`)
  if (Status === 'Failed' && CUT_OFF.test(stderr)) {
    throw new DocumentLost(`${what} was cut off: ${tail(stderr, 300)}`)
  }
  if (Status !== 'Success')
    throw new DocumentFailed(describe(what, StatusDetails || Status, ResponseCode, stdout, stderr))
  const report = parseReport(stdout)
  if (report) return report
  throw new DocumentFailed(describe(`${what} ended without a report`, Status, ResponseCode, stdout, stderr))
}

const MESSAGE_CHARACTERS = 2_000

/** Errors come last in a script's output, so it is the tails that count. */
function describe(what: string, status: string, code: number, stdout: string, stderr: string): string {
  const head = `${what}: ${status}, exit status ${code}`
  const room = MESSAGE_CHARACTERS - head.length - 2
  const errors = tail(stderr.trim(), Math.max(room - Math.min(stdout.trim().length, 500), 500))
  const output = tail(stdout.trim(), room - errors.length)
  return [head, errors, output].filter(Boolean).join('\n')
}

function tail(text: string, characters: number): string {
  return characters <= 0 ? '' : text.length <= characters ? text : `…${text.slice(1 - characters)}`
}
