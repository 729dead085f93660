/** `/star/<array>`: the request that was accepted, and how far it is. */
import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm'
import * as z from 'zod'
import { clients } from './clients.ts'
import { CloudRefused, isNamed } from './errors.ts'
import { recordName } from './names.ts'
import { type ArrayRequest, acceptRequest, shorten } from './request.ts'

export type ArrayState = 'building' | 'ready'

export interface ArrayRecord {
  request: ArrayRequest
  state: ArrayState
}

const Stored = z.looseObject({ request: z.unknown(), state: z.enum(['building', 'ready']) })

export async function readRecord(array: string): Promise<ArrayRecord | undefined> {
  const text = await read(recordName(array))
  if (text === undefined) return undefined
  try {
    const { request, state } = Stored.parse(JSON.parse(text))
    return { request: acceptRequest(request), state }
  } catch (error) {
    throw new CloudRefused(`the record ${recordName(array)} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** 4 KB are free, 8 KB are not: SSM takes the larger tier only where the text needs it. */
export async function writeRecord({ request, state }: ArrayRecord): Promise<void> {
  await clients().ssm.send(
    new PutParameterCommand({
      Name: recordName(request.array),
      Description: 'STAR: the accepted request of an array',
      Type: 'String',
      Tier: 'Intelligent-Tiering',
      Value: JSON.stringify({ request: shorten(request), state }),
      Overwrite: true,
    }),
  )
}

export async function removeParameter(name: string): Promise<void> {
  try {
    await clients().ssm.send(new DeleteParameterCommand({ Name: name }))
  } catch (error) {
    if (!isNamed(error, 'ParameterNotFound')) throw error
  }
}

export async function read(name: string): Promise<string | undefined> {
  try {
    const { Parameter } = await clients().ssm.send(new GetParameterCommand({ Name: name }))
    return Parameter?.Value
  } catch (error) {
    if (isNamed(error, 'ParameterNotFound')) return undefined
    throw error
  }
}
