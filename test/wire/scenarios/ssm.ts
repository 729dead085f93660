import { expect } from 'vitest'
import { array, execution, pages, run, type Scenario, send } from './scenario.ts'

const other = 'arn:aws:states:ap-northeast-1:123456789012:execution:add-luns:star0001-20261123T091900-0badcafe'
const about = { node: run.node, document: run.document, instanceId: run.instanceId }
const of = (progress: object): Scenario['call'] => [
  'advance-documents',
  {
    given: { runs: [run] },
    outcomes: [{ ...about, began: Date.now() - 60_000, attempt: 1, troubles: 0, ...progress }],
  },
]
const check = () => of({ commandId: 'ef7fdfd8-9b57-4151-a15c-db9a12345678', sentAt: Date.now() })
const agent = (since?: number) => of({ since })
/** What is known of it after the look. */
const seen = (outcome: object, state = 'open') => ({ state, outcomes: [outcome] })
const failed = (name: string, cause: unknown) => seen({ failure: { Error: name, Cause: cause } }, 'failed')
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
    returns: failed('AccessDeniedException', expect.stringMatching(/is not authorized to perform: ssm:SendCommand/)),
  },
  {
    title: 'a command that was taken a moment ago may not be known yet',
    call: check(),
    answers: ['ssm/GetCommandInvocation.InvocationDoesNotExist'],
    returns: seen({ attempt: 1 }),
  },
  { title: 'it may be pending', call: check(), answers: ['ssm/GetCommandInvocation.pending'], returns: seen({}) },
  {
    title: 'its report is the last line of its output',
    call: check(),
    answers: ['ssm/GetCommandInvocation.success'],
    returns: seen({ report: { changed: ['package open-iscsi'], os: 'rocky-8' } }, 'done'),
  },
  {
    title: 'its failure comes with the tail of what it wrote',
    call: check(),
    answers: ['ssm/GetCommandInvocation.failed'],
    returns: failed(
      'DocumentFailed',
      expect.stringMatching(/instance-1: Failed, exit status 1\nError: Unable to find a match/),
    ),
  },
  {
    title: 'one that was not delivered is lost, and to be sent again',
    call: check(),
    answers: ['ssm/GetCommandInvocation.undeliverable'],
    returns: seen({ trouble: { Error: 'DocumentLost', Cause: expect.any(String) } }),
  },
  {
    title: 'an agent is found on the second page',
    call: agent(),
    answers: [...online, 'ssm/SendCommand.success'],
    returns: seen({ attempt: 2 }),
  },
  {
    title: 'an agent that was lost is waited for, also where EC2 does not know its instance yet',
    call: agent(Date.now() - 60_000),
    answers: ['ssm/DescribeInstanceInformation.lost', 'ec2/DescribeInstances.InvalidInstanceID.NotFound'],
    returns: seen({ since: expect.any(Number) }),
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
