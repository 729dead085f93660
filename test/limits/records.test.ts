/** Names, tags, tokens and the record of an array, with everything as long as it may be. */
import { RunInstancesCommand, type TagSpecification } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { useClients } from '../../functions/shared/clients.ts'
import { clientToken, groupName, lockName, placementGroupName } from '../../functions/shared/names.ts'
import { readRecord, writeRecord } from '../../functions/shared/record.ts'
import { type ArrayRequest, acceptRequest, type RequestInput } from '../../functions/shared/request.ts'
import { executionName } from '../../functions/shared/start-operation.ts'
import { tagsOf } from '../../functions/shared/tags.ts'
import { openLab } from '../statemachines/lab.ts'
import { largest } from './largest.ts'

const longest = `a${'b'.repeat(31)}`
const node = 'h'.repeat(63)

describe('the record', () => {
  /** Beside the request: an addition that has begun, and all the keys that are remembered. */
  const rest = {
    state: 'building' as const,
    built: 255,
    adding: { after: 255, print: 'f'.repeat(16), key: 'f'.repeat(16) },
    keys: Array.from({ length: 8 }, (_, i) => `${i}`.repeat(16)),
    keepRunningUntil: '2026-11-24T20:00:00.000000+09:00',
  }
  const named = (count: number): RequestInput => ({
    ...largest[0]?.[1],
    luns: [
      ...Array.from({ length: count }, (_, i) => ({ name: `ABCDEFG${String(i).padStart(3, '0')}` })),
      { count: 256 - count },
    ],
  })
  function mostNamed(): { count: number; request: ArrayRequest } {
    for (let count = 255; ; count--) {
      try {
        return { count, request: acceptRequest(named(count)) }
      } catch {}
    }
  }

  test.each(largest)('holds an array of %s, whatever was done with it', async (_, input) => {
    useClients(openLab().cloud)
    const request = acceptRequest(input)

    await writeRecord({ ...rest, request })

    expect(await readRecord(request.array)).toEqual({ ...rest, request })
  })

  test('holds as many names as the rules of a request let through', async () => {
    const lab = openLab()
    useClients(lab.cloud)
    const { count, request } = mostNamed()

    await writeRecord({ ...rest, request })

    const { value = '' } = lab.cloud.store.get<{ value: string }>('parameter', `/star/${request.array}`) ?? {}
    console.log(`record: ${value.length} of 8192 bytes; ${count} LUNs have names of ten letters beside 16 hosts`)
    expect((await readRecord(request.array))?.request.luns).toHaveLength(256)
    expect(count).toBeGreaterThan(128)
  })
})

test('names of executions are short enough and differ, also of one moment', () => {
  const names = Array.from({ length: 1_000 }, () => executionName(longest))
  const byKey = executionName(longest, 'k'.repeat(200))

  expect(new Set(names).size).toBe(names.length)
  for (const name of [...names, byKey]) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,80}$/)
})

test('names that are made of an array’s fit where they go', () => {
  const takeover = `${lockName(longest)}-takeover-${'f'.repeat(16)}`

  expect(clientToken('arn:aws:states:ap-northeast-1:123456789012:execution:x:y', node)).toHaveLength(64)
  for (const name of [groupName(longest, 'controllers'), placementGroupName(longest)]) {
    expect(name).toMatch(/^[a-zA-Z0-9-]{1,255}$/)
  }
  expect(takeover).toMatch(/^(\/[a-zA-Z0-9_.-]+){1,15}$/)
  expect(takeover.length).toBeLessThan(1_011 - 'arn:aws:ssm:ap-northeast-1:123456789012:parameter'.length)
})

test('tags have keys of at most 128 characters and values of at most 256, and are few', () => {
  const tags = tagsOf({ array: longest, role: 'controllers-group', node })

  expect(tags.length).toBeLessThan(50)
  for (const { Key = '', Value = '' } of tags) {
    expect([Key.length, Value.length]).toEqual([expect.toSatisfy(n => n <= 128), expect.toSatisfy(n => n <= 256)])
    expect(Key).not.toMatch(/^aws:/i)
  }
})

test('user data are at most 16 KB, before they are encoded', async () => {
  const sizes: number[] = []
  const lab = openLab()
  const send = lab.cloud.ec2.send.bind(lab.cloud.ec2) as (command: unknown) => Promise<unknown>
  Object.assign(lab.cloud.ec2, {
    send(command: { input: { UserData?: string; TagSpecifications?: TagSpecification[] } }) {
      if (command instanceof RunInstancesCommand) sizes.push(Buffer.from(command.input.UserData ?? '', 'base64').length)
      return send(command)
    },
  })
  expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })

  expect(sizes).toHaveLength(3)
  for (const size of sizes) expect(size).toBeLessThan(16_384)
})
