/** Executions, events and the API. */
import { expect } from 'vitest'
import { event, execution, instances, pages, type Scenario, times } from './scenario.ts'

const end: Scenario['call'] = [
  'end-operation',
  { operation: 'provision-array', input: {}, execution, result: { changed: true } },
]
const http = (rawPath: string): Scenario['call'] => [
  'handle-api',
  { rawPath, rawQueryString: '', headers: {}, requestContext: { http: { method: 'GET' } }, isBase64Encoded: false },
]

export const others: Scenario[] = [
  {
    title: 'the end of an operation is told',
    call: end,
    answers: ['ssm/GetParameter.ParameterNotFound', 'events/PutEvents.success'],
    returns: {},
  },
  {
    title: 'it is told again where EventBridge failed, in whole or in part',
    call: end,
    answers: [
      'ssm/GetParameter.ParameterNotFound',
      ...['InternalException', 'partial', 'success'].map(which => `events/PutEvents.${which}`),
    ],
    returns: {},
  },
  {
    title: 'an event that is refused is a failure',
    call: end,
    answers: ['ssm/GetParameter.ParameterNotFound', 'events/PutEvents.denied'],
    throws: { name: 'CloudRefused', message: /^EventBridge: NotAuthorizedForDetailTypeException/ },
  },
  {
    title: 'an event starts an operation',
    call: event,
    answers: ['sfn/StartExecution.success'],
    returns: { operation: expect.stringMatching(/^add-luns:star0001-[0-9a-f]{16}$/) },
  },
  {
    title: 'an event whose operation has failed starts another one',
    call: event,
    answers: [
      'sfn/StartExecution.ExecutionAlreadyExists',
      'sfn/DescribeExecution.failed',
      'sfn/StartExecution.success',
    ],
    returns: { operation: expect.stringMatching(/^add-luns:/) },
  },
  {
    title: 'the API lists arrays from all pages of records and instances',
    call: http('/arrays'),
    answers: [
      ...instances,
      ...instances,
      ...pages('ssm/GetParametersByPath'),
      ...times(4, 'ssm/GetParameter.ParameterNotFound'),
    ],
    returns: { statusCode: 200, body: expect.stringMatching(/"array":"star0001".*"array":"star0002"/) },
  },
]
