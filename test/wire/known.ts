/** Whether all that an answer says is seen by who gets it: an element with a typing error in its name would not be. */
import type { NormalizedSchema } from '@smithy/core/schema'

export interface Element {
  tag: string
  text: string
  children: Element[]
}

const UNESCAPED: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" }

/** XML as AWS writes it: no comments, no CDATA, attributes at the root only. */
export function parseXml(xml: string): Element {
  const root: Element = { tag: '', text: '', children: [] }
  const open = [root]
  for (const [, closing, tag = '', single, text] of xml.matchAll(/<(\/?)([\w:]+)[^>]*?(\/?)>|([^<]+)/g)) {
    const top = open.at(-1) as Element
    if (text !== undefined) top.text += text.trim().replace(/&\w+;/g, entity => UNESCAPED[entity] ?? entity)
    else if (closing) {
      if (top.tag !== tag) throw new Error(`<${top.tag}> ends as </${tag}>`)
      open.pop()
    } else {
      const element = { tag, text: '', children: [] }
      top.children.push(element)
      if (!single) open.push(element)
    }
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)?.tag}> has no end`)
  return root.children.at(-1) as Element
}

/** Complaints, each with its place. `seen` is what the SDK made of it. */
export function unseenOfXml(schema: NormalizedSchema, { tag, text, children }: Element, seen: unknown): string[] {
  const within = (complaints: string[]) => complaints.map(complaint => `${tag}/${complaint}`)
  if (schema.isUnitSchema()) return within(children.map(child => `${child.tag} is not known`))
  if (schema.isStructSchema()) {
    const members = new Map(
      Array.from(schema.structIterator(), ([name, member]) => [
        member.getMemberTraits().xmlName ?? name,
        [name, member],
      ]),
    )
    return within(
      children.flatMap(child => {
        const [name, member] = (members.get(child.tag) as [string, NormalizedSchema]) ?? []
        if (!member) return [`${child.tag} is not known`]
        return unseenOfXml(member, child, (seen as Record<string, unknown>)?.[name])
      }),
    )
  }
  if (schema.isListSchema()) {
    const item = schema.getValueSchema()
    const expected = item.getMergedTraits().xmlName ?? 'member'
    return within(
      children.flatMap((child, place) =>
        child.tag === expected ? unseenOfXml(item, child, (seen as unknown[])?.[place]) : [`${child.tag} is not known`],
      ),
    )
  }
  if (children.length > 0) return [`${tag} has elements in it`]
  const same = schema.isTimestampSchema() ? (seen as Date)?.getTime() === Date.parse(text) : String(seen ?? '') === text
  return same ? [] : [`${tag} says ${text}, and ${String(seen)} is seen`]
}

export function unseenOfJson(schema: NormalizedSchema, given: unknown, seen: unknown, place = ''): string[] {
  if (schema.isStructSchema() || schema.isMapSchema()) {
    const known = schema.isStructSchema() ? schema.getMemberSchemas() : undefined
    return Object.entries(given as object).flatMap(([name, value]) => {
      const member = known ? known[name] : schema.getValueSchema()
      if (!member) return [`${place}${name} is not known`]
      return unseenOfJson(member, value, (seen as Record<string, unknown>)?.[name], `${place}${name}.`)
    })
  }
  if (schema.isListSchema()) {
    return (given as unknown[]).flatMap((item, n) =>
      unseenOfJson(schema.getValueSchema(), item, (seen as unknown[])?.[n], `${place}${n}.`),
    )
  }
  const same = schema.isTimestampSchema()
    ? (seen as Date)?.getTime() === Math.round(Number(given) * 1000)
    : seen === given
  return same ? [] : [`${place} says ${given}, and ${String(seen)} is seen`]
}
