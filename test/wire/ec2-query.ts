/** EC2's protocol, from the service's side: a form comes in, XML goes out, both after the SDK's own schema of a command. */
import type { NormalizedSchema } from '@smithy/core/schema'

const capital = (name: string) => name.slice(0, 1).toUpperCase() + name.slice(1)

/** What the form says at `key` and below it; undefined where it says nothing. Lists begin at 1. */
export function readForm(schema: NormalizedSchema, form: URLSearchParams, key = ''): unknown {
  const below = key && `${key}.`
  if (schema.isStructSchema()) {
    if (![...form.keys()].some(name => name.startsWith(below))) return undefined
    const members = [...schema.structIterator()].map(([name, member]) => {
      const { ec2QueryName, xmlName = name } = member.getMergedTraits()
      return [name, readForm(member, form, `${below}${ec2QueryName ?? capital(xmlName)}`)] as const
    })
    return Object.fromEntries(members.filter(([, value]) => value !== undefined))
  }
  if (schema.isListSchema()) {
    const items: unknown[] = []
    for (;;) {
      const item = readForm(schema.getValueSchema(), form, `${below}${items.length + 1}`)
      if (item === undefined) return items.length > 0 ? items : undefined
      items.push(item)
    }
  }
  const text = form.get(key)
  if (text === null) return undefined
  if (schema.isBooleanSchema()) return text === 'true'
  if (schema.isNumericSchema()) return Number(text)
  if (schema.isTimestampSchema()) return new Date(text)
  if (schema.isBlobSchema()) return Buffer.from(text, 'base64')
  return text
}

/** One element, or nothing for undefined. Throws for a field that the schema does not know: nobody would ever see it. */
export function toXml(schema: NormalizedSchema, value: unknown, tag: string, before = ''): string {
  if (value === undefined || value === null) return ''
  return `<${tag}>${before}${contentOf(schema, value)}</${tag.split(' ')[0]}>`
}

function contentOf(schema: NormalizedSchema, value: unknown): string {
  if (schema.isUnitSchema()) return ''
  if (schema.isStructSchema()) {
    const members = Object.entries(value as object).map(([name, given]) => {
      const member = schema.getMemberSchema(name)
      return toXml(member, given, member.getMemberTraits().xmlName ?? name)
    })
    return members.join('')
  }
  if (schema.isListSchema()) {
    const item = schema.getValueSchema()
    const tag = item.getMergedTraits().xmlName ?? 'member'
    return (value as unknown[]).map(given => toXml(item, given, tag)).join('')
  }
  return escaped(value instanceof Date ? value.toISOString() : String(value))
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
export const escaped = (text: string) => text.replace(/[&<>]/g, character => entities[character] ?? character)
