/** Names that are made from other names, each rule once. */
import { createHash } from 'node:crypto'
import * as z from 'zod'
import { Request } from './request.ts'

/** An array's name where it comes without a request. */
export const ArrayName = Request.shape.array.unwrap()

export const recordName = (array: string) => `/star/${array}`
export const lockName = (array: string) => `/star/${array}/lock`

/** What one change at a time is made to where it is no array: no array can have this name. */
export const IMAGES = '_image'

export const diskName = (array: string, place: number) => `${array}-disk${place + 1}`
export const placementGroupName = (array: string) => `star-${array}`
export const groupName = (array: string, role: 'controllers' | 'hosts') => `star-${array}-${role}`

/** `i` is the place of the disk: EBS has eleven recommended names and goes on with a second series. */
export function deviceName(i: number): string {
  const letter = (first: string, n: number) => String.fromCharCode(first.charCodeAt(0) + n)
  return i < 11 ? `/dev/sd${letter('f', i)}` : `/dev/xvdb${letter('a', i - 11)}`
}

/**
 * At most 64 ASCII characters, the same for the same thing in the same execution: EC2 answers a repeated call with
 * what the first one made, and a later execution may make it anew.
 */
export function clientToken(execution: string, thing: string): string {
  return createHash('sha256').update(`${execution} ${thing}`).digest('hex')
}

/** `arn:aws:states:<region>:<account>:execution:<machine>:<name>` */
export const ExecutionArn = z.string().startsWith('arn:')

/** Of an instance in the partition, region and account of that execution. */
export function instanceArn(execution: string, instanceId: string): string {
  const [arn, partition, , region, account] = execution.split(':')
  return `${arn}:${partition}:ec2:${region}:${account}:instance/${instanceId}`
}
