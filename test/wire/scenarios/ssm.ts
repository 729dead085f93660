import { expect } from 'vitest'
import { array, execution, pages, run, type Scenario, send } from './scenario.ts'

const other = 'arn:aws:states:ap-northeast-1:123456789012:execution:add-luns:star0001-20261123T091900-0badcafe'
const about = { node: run.node, document: run.document, instanceId: run.instanceId }
const sentOnce = (progress: object) => ({
  outcomes: [{ ...about, began: Date.now() - 60_000, attempt: 1, troubles: 0, ...progress }],
})
const commandId = 'ef7fdfd8-9b57-4151-a15c-db9a12345678'
/** A moment ago, however slow this computer is. */
const sentAt = Date.now() + 600_000
const watched = { Status: 'SUCCEEDED' }
const conclude = (): Scenario['call'] => [
  'conclude-documents',
  { given: { runs: [run], sent: sentOnce({ commandId, sentAt }), watched } },
]
const again = (progress: object): Scenario['call'] => [
  'send-documents',
  { given: { runs: [run], sent: sentOnce(progress) } },
]
const look = (progress: object): Scenario['call'] => {
  const open = { ...about, began: Date.now() - 60_000, agentSeconds: 300, troubles: 0, ...progress }
  return ['look-at-documents', { documents: [open], until: Date.now() + 3_600_000 }]
}
/** What is known of it after it was sent. */
const seen = (outcome: object) => ({ outcomes: [outcome] })
const online = pages('ssm/DescribeInstanceInformation')
const lock: Scenario['call'] = ['lock-array', { array, execution, operation: 'provision-array' }]

export const ssm: Scenario[] = [
  {
    title: 'a document is sent',
    call: send,
    answers: [...online, 'ssm/SendCommand.success'],
    returns: seen({ commandId: 'ef7fdfd8-9b57-4151-a15c-db9a12345678', attempt: 1 }),
  },
  {
    title: 'it is sent again after a failure of Systems Manager’s own, named in a header alone',
    call: send,
    answers: [...online, 'ssm/SendCommand.InternalServerError', 'ssm/SendCommand.success'],
    returns: seen({ attempt: 1 }),
  },
  {
    title: 'a node that Systems Manager does not know yet is waited for by the workflow',
    call: send,
    answers: [...online, 'ssm/SendCommand.InvalidInstanceId'],
    returns: seen({ attempt: 0, since: expect.any(Number) }),
  },
  {
    title: 'a document that may not be sent is told of with AWS’s own words',
    call: send,
    answers: [...online, 'ssm/SendCommand.AccessDeniedException'],
    returns: seen({
      failure: {
        Error: 'AccessDeniedException',
        Cause: expect.stringMatching(/is not authorized to perform: ssm:SendCommand/),
      },
    }),
  },
  {
    title: 'a command that was taken a moment ago may not be known yet',
    call: look({ commandId, sentAt }),
    answers: ['ssm/GetCommandInvocation.InvocationDoesNotExist'],
    returns: { ready: false },
  },
  {
    title: 'it may be pending',
    call: look({ commandId, sentAt }),
    answers: ['ssm/GetCommandInvocation.pending'],
    returns: { ready: false },
  },
  {
    title: 'it has ended, however it did',
    call: look({ commandId, sentAt }),
    answers: ['ssm/GetCommandInvocation.failed'],
    returns: { ready: true, documents: [] },
  },
  {
    title: 'its report is the last line of its output',
    call: conclude(),
    answers: ['ssm/GetCommandInvocation.success'],
    returns: seen({ report: { changed: ['package open-iscsi'], os: 'rocky-8' } }),
  },
  {
    title: 'its failure comes with the tail of what it wrote',
    call: conclude(),
    answers: ['ssm/GetCommandInvocation.failed'],
    throws: {
      name: 'DocumentFailed',
      message: expect.stringMatching(/instance-1: Failed, exit status 1\nError: Unable to find a match/),
    },
  },
  {
    title: 'one that has not ended is watched on',
    call: conclude(),
    answers: ['ssm/GetCommandInvocation.pending'],
    throws: { name: 'DocumentsOpen', message: 'STAR-prepare-host on instance-1' },
  },
  {
    title: 'one that was not delivered is lost, and to be sent again',
    call: again({ commandId, sentAt }),
    answers: ['ssm/GetCommandInvocation.undeliverable'],
    returns: seen({ trouble: { Error: 'DocumentLost', Cause: expect.any(String) } }),
  },
  {
    title: 'an agent is found on the second page',
    call: again({}),
    answers: [...online, 'ssm/SendCommand.success'],
    returns: seen({ attempt: 2 }),
  },
  {
    title: 'there is something to do where an agent answers',
    call: look({}),
    answers: online,
    returns: { ready: true },
  },
  {
    title: 'an agent that was lost is waited for, also where EC2 does not know its instance yet',
    call: look({ since: Date.now() - 60_000 }),
    answers: ['ssm/DescribeInstanceInformation.lost', 'ec2/DescribeInstances.InvalidInstanceID.NotFound'],
    returns: { ready: false },
  },
  { title: 'a lock is taken', call: lock, answers: ['ssm/PutParameter.success'], returns: { array } },
  {
    title: 'a lock that somebody holds is not taken',
    call: lock,
    answers: ['ssm/PutParameter.ParameterAlreadyExists', 'ssm/GetParameter.lock', 'sfn/DescribeExecution.running'],
    throws: {
      name: 'ArrayBusy',
      message: `star0001 is being changed by add-luns since 2026-11-23T09:19:01.000Z (${other})`,
    },
  },
  {
    title: 'a lock that is being written is tried again by the workflow',
    call: lock,
    answers: ['ssm/PutParameter.TooManyUpdates'],
    throws: { name: 'LockContended' },
  },
  {
    title: 'a lock whose execution is long forgotten is taken over',
    call: lock,
    answers: [
      ...[
        'ssm/PutParameter.ParameterAlreadyExists',
        'ssm/GetParameter.lock',
        'sfn/DescribeExecution.ExecutionDoesNotExist',
      ],
      ...[
        'ssm/PutParameter.success',
        'ssm/GetParameter.lock',
        'ssm/PutParameter.success',
        'ssm/DeleteParameter.success',
      ],
    ],
    returns: { array },
  },
  {
    title: 'a record is removed',
    call: ['remove-record', { array, removed: [] }],
    answers: ['ssm/GetParameter.record', 'ssm/DeleteParameter.success'],
    returns: { changed: true },
  },
  {
    title: 'a record that is not there needs no removal',
    call: ['remove-record', { array, removed: [] }],
    answers: ['ssm/GetParameter.ParameterNotFound', 'ssm/DeleteParameter.ParameterNotFound'],
    returns: { changed: false },
  },
]
