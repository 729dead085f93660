import { array, execution, pages, run, type Scenario, send, waiting } from './scenario.ts'

const other = 'arn:aws:states:ap-northeast-1:123456789012:execution:add-luns:star0001-20261123T091900-0badcafe'
const check = (): Scenario['call'] => [
  'check-document',
  { run, sent: { commandId: 'ef7fdfd8-9b57-4151-a15c-db9a12345678', sentAt: Date.now(), attempt: 1 } },
]
const agent = (watch: object = {}): Scenario['call'] => ['check-agent', { run, watch }]
const lock: Scenario['call'] = ['lock-array', { array, execution, operation: 'provision-array' }]

export const ssm: Scenario[] = [
  {
    title: 'a document is sent',
    call: send,
    answers: ['ssm/SendCommand.success'],
    returns: { commandId: 'ef7fdfd8-9b57-4151-a15c-db9a12345678', attempt: 1 },
  },
  {
    title: 'it is sent again after a failure of Systems Manager’s own, named in a header alone',
    call: send,
    answers: ['ssm/SendCommand.InternalServerError', 'ssm/SendCommand.success'],
    returns: { attempt: 1 },
  },
  {
    title: 'a node that Systems Manager does not know yet is waited for by the workflow',
    call: send,
    answers: ['ssm/SendCommand.InvalidInstanceId'],
    throws: { name: 'NotYetVisible' },
  },
  {
    title: 'a document that may not be sent is told of with AWS’s own words',
    call: send,
    answers: ['ssm/SendCommand.AccessDeniedException'],
    throws: { name: 'AccessDeniedException', message: /is not authorized to perform: ssm:SendCommand/ },
  },
  {
    title: 'a command that was taken a moment ago may not be known yet',
    call: check(),
    answers: ['ssm/GetCommandInvocation.InvocationDoesNotExist'],
    returns: waiting,
  },
  { title: 'it may be pending', call: check(), answers: ['ssm/GetCommandInvocation.pending'], returns: waiting },
  {
    title: 'its report is the last line of its output',
    call: check(),
    answers: ['ssm/GetCommandInvocation.success'],
    returns: { ready: true, report: { changed: ['package open-iscsi'], os: 'rocky-8' } },
  },
  {
    title: 'its failure comes with the tail of what it wrote',
    call: check(),
    answers: ['ssm/GetCommandInvocation.failed'],
    throws: { name: 'DocumentFailed', message: /instance-1: Failed, exit status 1\nError: Unable to find a match/ },
  },
  {
    title: 'one that was not delivered is lost',
    call: check(),
    answers: ['ssm/GetCommandInvocation.undeliverable'],
    throws: { name: 'DocumentLost' },
  },
  {
    title: 'an agent is found on the second page',
    call: agent(),
    answers: pages('ssm/DescribeInstanceInformation'),
    returns: { ready: true },
  },
  {
    title: 'an agent that was lost is waited for, also where EC2 does not know its instance yet',
    call: agent({ since: Date.now() - 60_000 }),
    answers: ['ssm/DescribeInstanceInformation.lost', 'ec2/DescribeInstances.InvalidInstanceID.NotFound'],
    returns: waiting,
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
