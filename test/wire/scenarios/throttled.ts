import { expect } from 'vitest'
import { event, instances, pages, reboot, type Scenario, send, times } from './scenario.ts'

/** Each takes seconds, for the SDK waits between its tries: they run beside each other, each in a process of its own. */
export const throttled: Scenario[] = [
  {
    title: 'EC2, twice: the third try is answered',
    call: reboot,
    answers: [...times(2, 'ec2/DescribeInstances.RequestLimitExceeded'), ...instances, 'ec2/RebootInstances.success'],
    returns: { node: 'star0001-ctl1' },
  },
  {
    title: 'EC2, always: after five tries it is told',
    call: reboot,
    answers: times(5, 'ec2/DescribeInstances.RequestLimitExceeded'),
    throws: { name: 'CloudThrottled', message: 'RequestLimitExceeded: Request limit exceeded.' },
  },
  {
    title: 'Systems Manager, once',
    call: send,
    answers: [
      ...pages('ssm/DescribeInstanceInformation'),
      'ssm/SendCommand.ThrottlingException',
      'ssm/SendCommand.success',
    ],
    returns: { outcomes: [{ attempt: 1 }] },
  },
  {
    title: 'Step Functions, once',
    call: event,
    answers: ['sfn/StartExecution.ThrottlingException', 'sfn/StartExecution.success'],
    returns: { operation: expect.stringMatching(/^add-luns:/) },
  },
]
