/** AWS's JSON protocols, from the service's side: only times and bytes look otherwise on the wire than in the program. */
import type { NormalizedSchema } from '@smithy/core/schema'

export const readJson = (schema: NormalizedSchema, value: unknown): unknown =>
  translate(schema, value, {
    time: seconds => new Date((seconds as number) * 1000),
    bytes: text => Buffer.from(text as string, 'base64'),
  })

export const toJson = (schema: NormalizedSchema, value: unknown): unknown =>
  translate(schema, value, {
    time: date => (date as Date).getTime() / 1000,
    bytes: bytes => Buffer.from(bytes as Uint8Array).toString('base64'),
  })

interface Leaves {
  time(value: unknown): unknown
  bytes(value: unknown): unknown
}

/** Throws for a field that the schema does not know. */
function translate(schema: NormalizedSchema, value: unknown, leaves: Leaves): unknown {
  const all = (memberOf: (name: string) => NormalizedSchema) =>
    Object.fromEntries(
      Object.entries(value as object).map(([name, given]) => [name, translate(memberOf(name), given, leaves)]),
    )
  if (value === undefined || value === null) return undefined
  if (schema.isUnitSchema()) return {}
  if (schema.isStructSchema()) return all(name => schema.getMemberSchema(name))
  if (schema.isMapSchema()) return all(() => schema.getValueSchema())
  if (schema.isListSchema()) return (value as unknown[]).map(item => translate(schema.getValueSchema(), item, leaves))
  if (schema.isTimestampSchema()) return leaves.time(value)
  if (schema.isBlobSchema()) return leaves.bytes(value)
  return value
}
