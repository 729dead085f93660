import type { GetCommandInvocationCommandOutput } from '@aws-sdk/client-ssm'
import { describe, expect, test } from 'vitest'
import { outcomeOf } from '../../functions/shared/invocation.ts'

const ended = (fields: Partial<GetCommandInvocationCommandOutput>) =>
  outcomeOf(
    {
      ResponseCode: 0,
      StandardOutputContent: '',
      StandardErrorContent: '',
      ...fields,
    } as GetCommandInvocationCommandOutput,
    'STAR-x on n',
  )

test.each(['Pending', 'InProgress', 'Delayed', 'Cancelling'] as const)('%s is still under way', Status => {
  expect(ended({ Status, ResponseCode: -1 })).toBeUndefined()
})

test('success is its last line, whatever came before', () => {
  const StandardOutputContent = 'a\n{"changed":["not me"]}\n{"changed":["pool"],"owner":"n"}\n'

  expect(ended({ Status: 'Success', StandardOutputContent })).toEqual({ changed: ['pool'], owner: 'n' })
})

test.each([
  ['no output', ''],
  ['no JSON', 'all is well'],
  ['a report that says not what it changed', '{"owner":"n"}'],
  ['a report that was cut', `{"changed":["${'x'.repeat(100)}\n---Output truncated---`],
])('success with %s is a failure', (_, StandardOutputContent) => {
  expect(() => ended({ Status: 'Success', StandardOutputContent })).toThrow(
    expect.objectContaining({ name: 'DocumentFailed', message: expect.stringContaining('ended without a report') }),
  )
})

describe('a failure', () => {
  test('names document, node, status and exit status, then what the script said', () => {
    const work = () =>
      ended({
        Status: 'Failed',
        StatusDetails: 'Failed',
        ResponseCode: 5,
        StandardErrorContent: 'no room\nfailed to run commands: exit status 5',
        StandardOutputContent: 'step 1\n',
      })

    expect(work).toThrow(
      expect.objectContaining({
        name: 'DocumentFailed',
        message: 'STAR-x on n: Failed, exit status 5\nno room\nfailed to run commands: exit status 5\nstep 1',
      }),
    )
  })

  test('keeps the ends of long outputs, 2,000 characters in all', () => {
    let message = ''
    try {
      ended({
        Status: 'Failed',
        ResponseCode: 1,
        StandardErrorContent: `${'e'.repeat(8_000)}E`,
        StandardOutputContent: `${'o'.repeat(24_000)}O`,
      })
    } catch (error) {
      message = (error as Error).message
    }

    expect(message.length).toBeLessThanOrEqual(2_000)
    expect(message).toMatch(/^STAR-x on n: Failed, exit status 1\n…e+E\n…o+O$/)
  })

  test.each([
    ['TimedOut', 'ExecutionTimedOut'],
    ['Cancelled', 'Cancelled'],
    ['Failed', 'AccessDenied'],
  ] as const)('%s (%s) is told as it is', (Status, StatusDetails) => {
    expect(() => ended({ Status, StatusDetails, ResponseCode: 137 })).toThrow(
      expect.objectContaining({ name: 'DocumentFailed', message: `STAR-x on n: ${StatusDetails}, exit status 137` }),
    )
  })
})

test.each([
  ['TimedOut', 'DeliveryTimedOut', ''],
  ['Failed', 'Undeliverable', ''],
  ['Failed', 'Failed', 'document process failed unexpectedly: the machine restarted while the script ran'],
] as const)('%s (%s) %s: it is lost, and may be sent again', (Status, StatusDetails, StandardErrorContent) => {
  expect(() => ended({ Status, StatusDetails, StandardErrorContent })).toThrow(
    expect.objectContaining({ name: 'DocumentLost' }),
  )
})
