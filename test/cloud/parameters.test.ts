import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  ParameterAlreadyExists,
  PutParameterCommand,
  type PutParameterCommandInput,
} from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import { freshLab } from './fresh.ts'

function parameters() {
  const { ssm } = freshLab()
  return {
    put: (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
      ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more })),
    get: async (Name: string) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter,
    remove: (Name: string) => ssm.send(new DeleteParameterCommand({ Name })),
    below: (Path: string, more: { Recursive?: boolean; MaxResults?: number; NextToken?: string } = {}) =>
      ssm.send(new GetParametersByPathCommand({ Path, ...more })),
  }
}

describe('parameters', () => {
  it('are made once: a lock can be taken by one alone', async () => {
    const { put, get } = parameters()
    const attempts = await Promise.allSettled([put('/star/a/lock', 'one'), put('/star/a/lock', 'two')])
    expect(attempts.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect((await get('/star/a/lock'))?.Value).toBe('one')
    await expect(put('/star/a/lock', 'three')).rejects.toBeInstanceOf(ParameterAlreadyExists)
  })

  it('count their versions when they are overwritten', async () => {
    const { put, get, remove } = parameters()
    await put('/star/a', '1')
    expect((await put('/star/a', '2', { Overwrite: true })).Version).toBe(2)
    expect(await get('/star/a')).toMatchObject({ Value: '2', Version: 2, Type: 'String' })
    await remove('/star/a')
    await expect(get('/star/a')).rejects.toMatchObject({ name: 'ParameterNotFound' })
    await expect(remove('/star/a')).rejects.toMatchObject({ name: 'ParameterNotFound' })
  })

  it.each([
    ['a name with a space', '/star/a b', 'x', {}],
    ['a relative path', 'star/a', 'x', {}],
    ['a reserved name', '/aws/a', 'x', {}],
    ['an empty level', '/star//a', 'x', {}],
    ['an empty value', '/star/a', '', {}],
    ['4,097 bytes in the standard tier', '/star/a', 'x'.repeat(4097), {}],
    ['8,193 bytes in any tier', '/star/a', 'x'.repeat(8193), { Tier: 'Advanced' as const }],
    ['two-byte characters beyond the limit', '/star/a', 'ö'.repeat(2049), {}],
    ['no type', '/star/a', 'x', { Type: undefined }],
    ['tags together with overwriting', '/star/a', 'x', { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] }],
  ])('refuse %s', async (_, name, value, more) => {
    const { put } = parameters()
    await expect(put(name, value, more)).rejects.toMatchObject({ name: 'ValidationException' })
  })

  it('take 8 KB in the advanced tier, which Intelligent-Tiering finds by itself and which there is no way back from', async () => {
    const { put } = parameters()
    expect((await put('/star/a', 'x'.repeat(4096))).Tier).toBe('Standard')
    const big = { Overwrite: true, Tier: 'Intelligent-Tiering' as const }
    expect((await put('/star/a', 'x'.repeat(8192), big)).Tier).toBe('Advanced')
    const back = put('/star/a', 'x', { Overwrite: true, Tier: 'Standard' })
    await expect(back).rejects.toMatchObject({ name: 'ValidationException' })
  })

  it('are listed below a path, one level or all, ten at a time', async () => {
    const { put, below } = parameters()
    for (let n = 0; n < 11; n++) await put(`/star/${String.fromCharCode(97 + n)}`, '1')
    await put('/star/a/lock', '1')
    await put('/starry', '1')
    const first = await below('/star')
    const second = await below('/star', { NextToken: first.NextToken })
    expect([first.Parameters?.length, second.Parameters?.map(({ Name }) => Name)]).toEqual([10, ['/star/k']])
    expect((await below('/star/', { Recursive: true, MaxResults: 2 })).Parameters?.map(({ Name }) => Name)).toEqual([
      '/star/a',
      '/star/a/lock',
    ])
    await expect(below('/star', { MaxResults: 11 })).rejects.toMatchObject({ name: 'ValidationException' })
  })
})
