import { StartExecutionCommand } from '@aws-sdk/client-sfn'
import { PutParameterCommand } from '@aws-sdk/client-ssm'
import { afterAll, describe, expect, it } from 'vitest'
import { BODY_LIMIT } from '../../functions/api/http.ts'
import { type Kind, kinds } from '../../functions/api/problems.ts'
import { takeLock } from '../../functions/shared/lock.ts'
import { recordExecution } from '../../infra/local/sfn.ts'
import { refusal } from '../statemachines/lab.ts'
import { type Answer, openApiBench } from './bench.ts'

/** What every problem says of itself. */
function expectProblem(answer: Answer, kind: Kind, more: object = {}) {
  const [status, title] = kinds[kind]
  expect(answer).toMatchObject({ status, body: { type: `urn:star:problem:${kind}`, title, status, ...more } })
  expect(answer.headers['cache-control']).toBe('no-store')
  seen.add(kind)
}

const seen = new Set<Kind>()
afterAll(() => {
  expect([...seen].sort()).toEqual(Object.keys(kinds).sort())
})

describe('a request that is refused', () => {
  it('names the path that is not there, and the methods of one that is', async () => {
    const { call } = await openApiBench()
    expectProblem(await call('GET', '/nowhere'), 'no-such-route', { detail: 'there is nothing at /nowhere' })
    expectProblem(await call('GET', '/arrays/a1/luns/LUN0'), 'no-such-route')
    expectProblem(await call('GET', '/arrays/%E0%A4'), 'no-such-array')
    const patch = await call('PATCH', '/arrays')
    expectProblem(patch, 'method-not-allowed', { detail: '/arrays knows POST, GET, not PATCH' })
    expect(patch.headers.allow).toBe('POST, GET')
    // A page elsewhere asks so before it may send JSON: it is not told that it may.
    const preflight = await call('OPTIONS', '/arrays', { headers: { origin: 'http://elsewhere.example' } })
    expectProblem(preflight, 'method-not-allowed')
    expect(Object.keys(preflight.headers).filter(name => name.startsWith('access-control'))).toEqual([])
  })

  it('names the array and the operation that are not there', async () => {
    const { call } = await openApiBench()
    expectProblem(await call('GET', '/arrays/a1'), 'no-such-array', { detail: 'there is no array a1' })
    expectProblem(await call('POST', '/arrays/a1/reboot'), 'no-such-array')
    expectProblem(await call('DELETE', '/arrays/a1'), 'no-such-array')
    expectProblem(await call('DELETE', '/arrays/A_1'), 'no-such-array')
    for (const id of ['stop-array:a1', 'run-documents:x', 'nothing', 'stop-array:a%20b']) {
      expectProblem(await call('GET', `/operations/${id}`), 'no-such-operation')
    }
  })

  it('names every field that breaks a rule, and unknown ones', async () => {
    const { call } = await openApiBench()
    const request = { size: 1, disks: { zone: 'ap-northeast-1a', count: 17 }, luns: [{ name: '0' }] }
    const { body } = await call('POST', '/arrays', { body: request })
    expect(body.errors).toEqual([
      { field: 'disks.count', rule: 'must be 1 to 16', got: '17' },
      { field: 'luns[0].name', rule: expect.stringMatching(/letters and digits/), got: '0' },
      { field: 'size', rule: 'unknown field' },
    ])
    expect(body.detail.split('\n')).toHaveLength(3)
    // Rules over several fields come once each field is right.
    const zones = await call('POST', '/arrays', { body: { disks: { zone: 'ap-northeast-1a' } } })
    expectProblem(zones, 'request-rejected', { errors: [{ field: 'disks.zone', got: 'ap-northeast-1a' }] })
    // The array is in the path, a key is a header: said twice, they could contradict each other.
    for (const field of ['array', 'key']) {
      const answer = await call('POST', '/arrays/a1/luns', { body: { luns: [{}], [field]: 'a2' } })
      expectProblem(answer, 'request-rejected', { errors: [{ field, rule: 'unknown field' }] })
    }
    for (const raw of ['[]', 'null', '1']) {
      expectProblem(await call('POST', '/arrays', { raw }), 'request-rejected', { errors: [{ field: '(request)' }] })
    }
  })

  it('names a parameter that is unknown or cannot be read: a misspelled dry run starts nothing', async () => {
    const { call, cloud } = await openApiBench()
    for (const [query, field] of [
      ['dryrun=true', 'dryrun'],
      ['dryRun=yes', 'dryRun'],
    ]) {
      expectProblem(await call('POST', `/arrays?${query}`), 'request-rejected', { errors: [{ field }] })
    }
    expectProblem(await call('GET', '/arrays?dryRun=true'), 'request-rejected', { errors: [{ field: 'dryRun' }] })
    const blank = await call('POST', '/arrays', { headers: { 'idempotency-key': 'a b' } })
    expectProblem(blank, 'request-rejected', { errors: [{ field: 'Idempotency-Key' }] })
    expect(cloud.store.list('execution')).toEqual([])
  })

  it('must be JSON, and say so', async () => {
    const { call } = await openApiBench()
    expectProblem(await call('POST', '/arrays', { raw: '{"array":' }), 'not-json')
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
      expectProblem(await call('POST', '/arrays', { raw: '{}', headers: { 'content-type': type } }), 'json-needed')
    }
    const charset = { 'content-type': 'Application/JSON; charset=utf-8' }
    expect((await call('POST', '/arrays?dryRun=true', { raw: ' ', headers: charset })).status).toBe(200)
  })

  it('must have a body of a sensible size', async () => {
    const { call } = await openApiBench()
    const exactly = JSON.stringify({ array: 'a1' }).padEnd(BODY_LIMIT)
    expect((await call('POST', '/arrays?dryRun=true', { raw: exactly })).status).toBe(200)
    expectProblem(await call('POST', '/arrays', { raw: `${exactly} ` }), 'body-too-large')
    const huge = await call('POST', '/arrays', { raw: Buffer.alloc(8 * BODY_LIMIT, ' ') })
    expectProblem(huge, 'body-too-large')
    expect(huge.headers.connection).toBe('close')
    expect((await call('GET', '/arrays')).status).toBe(200)
  })

  it('must be meant for this server: a name of somebody else’s that leads here is not served', async () => {
    const { call } = await openApiBench()
    for (const host of ['elsewhere.example', 'elsewhere.example:8787', '127.0.0.1.elsewhere.example']) {
      expectProblem(await call('GET', '/arrays', { headers: { host } }), 'host-refused')
    }
    for (const host of ['localhost', 'localhost:8787', '127.0.0.1:1', '[::1]:8787']) {
      expect((await call('GET', '/arrays', { headers: { host } })).status).toBe(200)
    }
  })
})

describe('an array that is being changed', () => {
  it('is busy: the answer names the operation that changes it, and a look is still allowed', async () => {
    const { call, operate, cloud } = await openApiBench()
    await operate('POST', '/arrays', { body: { array: 'a1' } })
    const at = cloud.clock.now()
    const running = recordExecution(cloud.store, { machine: 'add-luns', name: 'a1-x', input: { array: 'a1' }, at })
    await takeLock('a1', running, 'add-luns')

    const holder = { id: 'add-luns:a1-x', operation: 'add-luns', since: expect.any(String) }
    expect((await call('GET', '/arrays/a1')).body.busy).toEqual(holder)
    const busy = await call('DELETE', '/arrays/a1')
    expectProblem(busy, 'array-busy', {
      holder,
      detail: expect.stringMatching(/^a1 is being changed by add-luns since/),
    })
    expectProblem(await call('POST', '/arrays', { body: { array: 'a1' } }), 'array-busy')
    expectProblem(await call('POST', '/arrays/a1/stop?dryRun=true'), 'array-busy')
    expect((await call('POST', '/arrays/a1/inspections')).status).toBe(202)
    expect((await call('POST', '/arrays', { body: { array: 'a2' } })).status).toBe(202)
  })

  it('is not busy where who held the lock is gone', async () => {
    const { call, operate } = await openApiBench()
    await operate('POST', '/arrays', { body: { array: 'a1' } })
    await takeLock('a1', 'arn:aws:states:ap-northeast-1:000000000000:execution:add-luns:gone', 'add-luns')
    expect((await call('GET', '/arrays/a1')).body.busy).toBeNull()
    expect(await operate('DELETE', '/arrays/a1')).toMatchObject({ status: 'succeeded' })
  })
})

describe('an idempotency key', () => {
  const headers = { 'idempotency-key': 'monday-1' }

  it('starts one operation, however often it comes and however its body is written', async () => {
    const { call, ended, cloud } = await openApiBench()
    const first = await call('POST', '/arrays', { headers, body: { array: 'a1', keepOnFailure: false } })
    const again = await call('POST', '/arrays', { headers, raw: '{ "keepOnFailure": false, "array": "a1" }' })
    expect([first.status, again.status]).toEqual([202, 202])
    expect(again.body.operation.id).toBe(first.body.operation.id)
    await ended(first.body.operation.id)
    const later = await call('POST', '/arrays', { headers, body: { array: 'a1' } })
    expect(later.body.operation).toMatchObject({ id: first.body.operation.id, status: 'succeeded' })
    expect(
      cloud.store.list<{ machine: string }>('execution').filter(e => e.machine === 'provision-array'),
    ).toHaveLength(1)
  })

  it('starts one operation where two requests come at the same moment', async () => {
    const { call, cloud } = await openApiBench()
    const both = await Promise.all([1, 2].map(() => call('POST', '/arrays', { headers, body: { array: 'a1' } })))
    expect(new Set(both.map(({ status, body }) => [status, body.operation?.id].join()))).toHaveLength(1)
    expect(both[0]?.status).toBe(202)
    expect(
      cloud.store.list<{ machine: string }>('execution').filter(e => e.machine === 'provision-array'),
    ).toHaveLength(1)
  })

  it('cannot be used for another request', async () => {
    const { call, operate } = await openApiBench()
    const { id } = await operate('POST', '/arrays', { headers, body: { array: 'a1' } })
    const other = await call('POST', '/arrays', { headers, body: { array: 'a1', disks: { count: 3 } } })
    expectProblem(other, 'key-reused', { detail: expect.stringContaining(id) })
    // An operation of another kind, and another array, are no repetition of anything.
    expect(await operate('POST', '/arrays/a1/inspections', { headers })).toMatchObject({ status: 'succeeded' })
    expect((await call('POST', '/arrays', { headers, body: { array: 'a2' } })).status).toBe(202)
  })

  it('is remembered after the array is gone', async () => {
    const { call, operate } = await openApiBench()
    await operate('POST', '/arrays', { body: { array: 'a1' } })
    const { id } = await operate('DELETE', '/arrays/a1', { headers })
    const again = await call('DELETE', '/arrays/a1', { headers })
    expect(again).toMatchObject({ status: 202, body: { operation: { id, status: 'succeeded' } } })
    expectProblem(await call('DELETE', '/arrays/a1'), 'no-such-array')
  })
})

describe('a dry run', () => {
  it('answers with the plan of a new array, and makes nothing', async () => {
    const { call, cloud } = await openApiBench()
    const { status, body } = await call('POST', '/arrays?dryRun=true', { body: { luns: [{ count: 3 }] } })
    expect([status, body.plan.paths, body.plan.nodes.length]).toEqual([200, 6, 3])
    expect([cloud.store.list('execution'), cloud.isEmpty()]).toEqual([[], true])
  })

  it('answers with the input that an operation would get, and refuses what the operation would', async () => {
    const { call, operate, cloud } = await openApiBench()
    expectProblem(await call('POST', '/arrays/a1/stop?dryRun=true'), 'no-such-array')
    await operate('POST', '/arrays', { body: { array: 'a1' } })
    const before = cloud.store.list('execution').length
    const key = { 'idempotency-key': 'k1' }
    const answer = await call('POST', '/arrays/a1/luns?dryRun=true', { headers: key, body: { luns: [{ size: '1G' }] } })
    expect(answer.body).toEqual({
      operation: 'add-luns',
      array: 'a1',
      input: { array: 'a1', luns: [{ size: '1G', count: 1 }], key: 'k1' },
    })
    expectProblem(await call('POST', '/arrays/a1/luns?dryRun=true', { body: {} }), 'request-rejected')
    expect(cloud.store.list('execution')).toHaveLength(before)
  })
})

describe('what goes wrong on this side', () => {
  it('says when it passes by itself', async () => {
    const throttled = () => {
      throw refusal('ThrottlingException', 'Rate exceeded')
    }
    const { call } = await openApiBench({ faults: { GetParametersByPath: throttled } })
    const answer = await call('GET', '/arrays')
    expectProblem(answer, 'try-again', { detail: 'ThrottlingException: Rate exceeded' })
    expect(answer.headers['retry-after']).toBe('2')
  })

  it('passes by itself where AWS was unwell in all tries of the SDK, whatever it did of what was asked', async () => {
    const unwell = () => {
      throw Object.assign(refusal('InternalServerError', 'unwell'), { $metadata: { httpStatusCode: 500 } })
    }
    const { call } = await openApiBench({ faults: { GetParametersByPath: unwell } })
    expectProblem(await call('GET', '/arrays'), 'try-again', { detail: 'InternalServerError: unwell' })
  })

  it('hides no other array: a record that cannot be read is told of', async () => {
    const { call, operate, cloud } = await openApiBench()
    await operate('POST', '/arrays', { body: { array: 'a1' } })
    await cloud.ssm.send(new PutParameterCommand({ Name: '/star/a0', Type: 'String', Value: '{' }))
    expect((await call('GET', '/arrays')).body.arrays).toMatchObject([
      { array: 'a0', state: null, problem: expect.stringMatching(/record \/star\/a0 cannot be read/) },
      { array: 'a1', state: 'ready' },
    ])
    expectProblem(await call('GET', '/arrays/a0'), 'internal-error')
  })

  it('is told with its name', async () => {
    const denied = () => {
      throw refusal('UnauthorizedOperation', 'not you')
    }
    const { call } = await openApiBench({ faults: { DescribeInstances: denied } })
    expectProblem(await call('GET', '/arrays'), 'internal-error', { detail: 'UnauthorizedOperation: not you' })
  })

  it('an operation whose input names no array is told of all the same', async () => {
    const { ended, cloud } = await openApiBench()
    const stateMachineArn = `${process.env.STAR_STATE_MACHINE_PREFIX}teardown-array`
    const start = new StartExecutionCommand({ stateMachineArn, input: '{"x":1}' })
    const { executionArn = '' } = await cloud.sfn.send(start)
    const operation = await ended(executionArn.split(':').slice(-2).join(':'))
    expect(operation).toMatchObject({ status: 'failed', array: null, error: 'RequestRejected', input: { x: 1 } })
  })
})
