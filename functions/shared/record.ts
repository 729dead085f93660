/** `/star/<array>`: the request that was accepted, how far it is, and what was changed since. */
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm'
import * as z from 'zod'
import { ssm } from './clients/ssm.ts'
import { CloudRefused, isNamed, NoSuchArray } from './errors.ts'
import { recordName } from './names.ts'
import { allPages } from './pages.ts'
import { type ArrayRequest, acceptRequest, NOT_FENCED, shorten } from './request.ts'

export type ArrayState = 'building' | 'ready'

const Adding = z.strictObject({
  /** How many LUNs there were before. */
  after: z.int(),
  /** Hash of what was asked for, so that the same request is known when it comes again. */
  print: z.string(),
  /** Hash of its idempotency key. */
  key: z.string().optional(),
  /** Something else completed it. It stays known: whoever asked for it was told to ask again. */
  done: z.boolean().optional(),
})

/** All but the request, which has a schema of its own. */
const Rest = z.object({
  state: z.enum(['building', 'ready']),
  /** How many LUNs it was built with; only there once more were added. */
  built: z.int().optional(),
  /** An addition of LUNs that has begun and not ended. */
  adding: Adding.optional(),
  /** Hashes of the idempotency keys of the last additions, newest last. */
  keys: z.array(z.string()).optional(),
  /** No stop by schedule before this time, ISO 8601. */
  keepRunningUntil: z.string().optional(),
})

export type ArrayRecord = z.output<typeof Rest> & { request: ArrayRequest }

const Stored = Rest.extend({ request: z.unknown() })

export async function readRecord(array: string): Promise<ArrayRecord | undefined> {
  const text = await read(recordName(array))
  if (text === undefined) return undefined
  try {
    const stored = Stored.parse(JSON.parse(text))
    return { ...stored, request: acceptRequest({ fencing: NOT_FENCED, ...(stored.request as object) }) }
  } catch (error) {
    throw new CloudRefused(`the record ${recordName(array)} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** 4 KB are free, 8 KB are not: SSM takes the larger tier only where the text needs it. */
export async function writeRecord({ request, ...rest }: ArrayRecord): Promise<void> {
  await ssm().send(
    new PutParameterCommand({
      Name: recordName(request.array),
      Description: 'STAR: the accepted request of an array',
      Type: 'String',
      Tier: 'Intelligent-Tiering',
      Value: JSON.stringify({ request: shorten(request), ...rest }),
      Overwrite: true,
    }),
  )
}

/**
 * Changes some fields and keeps the others; a field that becomes undefined goes. Only for who holds the array's lock:
 * nothing else keeps two changes apart.
 */
export async function updateRecord(
  array: string,
  change: (record: ArrayRecord) => Partial<ArrayRecord>,
): Promise<ArrayRecord> {
  const record = await requireRecord(array)
  const changed = { ...record, ...change(record) }
  await writeRecord(changed)
  return changed
}

export async function requireRecord(array: string): Promise<ArrayRecord> {
  const record = await readRecord(array)
  if (!record) throw new NoSuchArray(`there is no array named ${array}`)
  return record
}

export async function removeParameter(name: string): Promise<void> {
  try {
    await ssm().send(new DeleteParameterCommand({ Name: name }))
  } catch (error) {
    if (!isNamed(error, 'ParameterNotFound')) throw error
  }
}

/** What is right at this path; `deep`: and all that is below. */
export async function listParameters(path: string, deep = false): Promise<{ name: string; value: string }[]> {
  const found = await allPages(async NextToken => {
    const page = await ssm().send(new GetParametersByPathCommand({ Path: path, Recursive: deep, NextToken }))
    return { items: page.Parameters, next: page.NextToken }
  })
  return found.map(({ Name = '', Value = '' }) => ({ name: Name, value: Value }))
}

export async function read(name: string): Promise<string | undefined> {
  try {
    const { Parameter } = await ssm().send(new GetParameterCommand({ Name: name }))
    return Parameter?.Value
  } catch (error) {
    if (isNamed(error, 'ParameterNotFound')) return undefined
    throw error
  }
}
