import { afterAll, describe, expect, it } from 'vitest'
import { routes } from '../../functions/api/routes.ts'
import { answered, openApiBench } from './bench.ts'

describe('an array’s life over HTTP', { timeout: 60_000 }, () => {
  it('is built, looked at, operated and removed', async () => {
    const { call, ended, operate } = await openApiBench()

    const started = await call('POST', '/arrays', { body: { array: 'a1', disks: { size: '20G' } } })
    expect(started).toMatchObject({
      status: 202,
      body: { operation: { operation: 'provision-array', array: 'a1', status: 'running' } },
    })
    const { id } = started.body.operation
    expect(started.headers.location).toBe(`/operations/${id}`)
    expect(await ended(id)).toMatchObject({ status: 'succeeded', array: 'a1', output: { changed: true } })

    expect((await call('GET', '/arrays')).body).toEqual({
      arrays: [{ array: 'a1', state: 'ready', nodes: { running: 3 }, busy: null, next: null }],
    })
    expect((await call('GET', '/arrays/a1')).body).toMatchObject({
      array: 'a1',
      state: 'ready',
      request: { array: 'a1', disks: { size: '20G' } },
      nodes: [{ name: 'a1-ctl1', role: 'controller', state: 'running' }, { name: 'a1-ctl2' }, { name: 'instance-1' }],
      busy: null,
      next: null,
    })
    const look = await operate('POST', '/arrays/a1/inspections')
    expect(look).toMatchObject({ operation: 'inspect-array', output: { healthy: true, problems: [] } })

    const checked = await operate('POST', '/arrays/a1/check', { body: {} })
    expect(checked).toMatchObject({ operation: 'check-array', output: { healthy: true, findings: [] } })

    const changes: [string, string, object][] = [
      ['POST', 'luns', { luns: [{ count: 2, size: '1G' }] }],
      ['POST', 'reboot', {}],
      ['POST', 'failover', { to: 1 }],
      ['POST', 'stop', {}],
      ['POST', 'start', {}],
      ['PUT', 'schedule', { schedule: { stop: '0 20 * * *', timezone: 'Asia/Tokyo' } }],
      ['POST', 'perfweb', {}],
    ]
    for (const [method, what, body] of changes) {
      const { status, error, cause } = await operate(method, `/arrays/a1/${what}`, { body })
      expect({ what, status, error, cause }).toEqual({ what, status: 'succeeded' })
    }
    expect((await call('GET', '/arrays/a1')).body).toMatchObject({
      request: {
        luns: [
          { size: '3072M', count: 6 },
          { size: '1024M', count: 2 },
        ],
      },
      next: { action: 'stop', at: expect.stringMatching(/T11:00:00/) },
    })

    expect(await operate('DELETE', '/arrays/a1')).toMatchObject({ status: 'succeeded', output: { array: 'a1' } })
    expect((await call('GET', '/arrays')).body).toEqual({ arrays: [] })
    expect((await call('GET', '/arrays/a1')).status).toBe(404)
  })

  it('makes an image for nodes to come, which belongs to no array', async () => {
    const { call, operate, ended } = await openApiBench()
    expect((await call('GET', '/images')).body).toEqual({ images: [], busy: null })
    const dry = await call('POST', '/images?dryRun=true', { body: { keep: 2 } })
    expect(dry.body).toEqual({
      ...{ operation: 'prepare-image', array: null },
      input: { keep: 2, instanceType: 't3a.medium' },
    })
    const headers = { 'idempotency-key': 'monday' }
    const { status, body } = await call('POST', '/images', { body: {}, headers })
    expect([status, body.operation.array]).toEqual([202, null])
    expect((await call('POST', '/images', { body: { keep: null }, headers })).body.operation.id).toBe(body.operation.id)
    expect(await ended(body.operation.id)).toMatchObject({ status: 'succeeded', array: null })
    expect((await call('GET', '/images')).body).toMatchObject({
      images: [{ system: 'debian-12', state: 'available', used: true }],
      busy: null,
    })
    expect(await operate('POST', '/images', { body: { keep: 1 } })).toMatchObject({ output: { changed: false } })
    expect((await call('POST', '/images', { body: { keep: 0 } })).status).toBe(422)
  })

  it('tells the first cause of what failed, and what is running', async () => {
    const capacity = Object.assign(new Error('no room for t3a.medium'), { name: 'VcpuLimitExceeded' })
    const { call, operate } = await openApiBench({
      faults: {
        RunInstances: () => {
          throw capacity
        },
      },
    })
    expect(await operate('POST', '/arrays', { body: {} })).toMatchObject({
      status: 'failed',
      array: 'star0001',
      error: 'VcpuLimitExceeded',
      cause: expect.stringMatching(/^no room for t3a\.medium/),
    })
    expect((await call('GET', '/arrays')).body).toEqual({ arrays: [] })
  })
})

afterAll(() => {
  // Here or not at all: an answer that no test saw was held against nothing.
  for (const { method, path, starts } of routes) {
    expect([...answered]).toContain(`${method} ${path} ${starts ? 202 : 200}`)
  }
})
