import { createHash, randomBytes } from 'node:crypto'

/** An EC2 resource id: the prefix and 17 hex digits, e.g. `vol-0a1b2c3d4e5f60718`. */
export const newId = (prefix: string): string => `${prefix}-0${randomBytes(8).toString('hex')}`

/** An id that is the same for the same name, for what has to be there from the start (the VPC, the image). */
export const idFor = (prefix: string, name: string): string => `${prefix}-0${sha256(name).slice(0, 16)}`

export const isId = (prefix: string, id: string): boolean => new RegExp(`^${prefix}-[0-9a-f]{8,17}$`).test(id)

/** A fingerprint of a request: the same whatever the order of its fields. Undefined fields do not count. */
export function fingerprint(value: unknown): string {
  return sha256(JSON.stringify(value, (_, field) => (isRecord(field) ? sorted(field) : field)))
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const sorted = (value: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
