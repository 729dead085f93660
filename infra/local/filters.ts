import { ec2Error } from './errors.ts'

export type Tags = Record<string, string>

interface Filter {
  Name?: string | undefined
  Values?: string[] | undefined
}

/**
 * EC2's filters: all must hold, each by any of its values, `*` and `?` are wildcards. `fields` gives the values of
 * the filter names the resource knows; `tag:<key>` and `tag-key` are the same for every resource.
 */
export function matches(filters: Filter[] | undefined, fields: Record<string, string[]>, tags: Tags): boolean {
  return (filters ?? []).every(({ Name = '', Values = [] }) => {
    const found = valuesOf(Name, fields, tags)
    return Values.some(pattern => found.some(value => wildcard(pattern).test(value)))
  })
}

function valuesOf(name: string, fields: Record<string, string[]>, tags: Tags): string[] {
  if (name.startsWith('tag:')) {
    const value = tags[name.slice(4)]
    return value === undefined ? [] : [value]
  }
  if (name === 'tag-key') return Object.keys(tags)
  const found = fields[name]
  if (found === undefined) throw ec2Error('InvalidParameterValue', `The filter '${name}' is invalid`)
  return found
}

export function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's')
}

/** EC2 refuses a filter it does not know even if there is nothing to filter. */
export function knownFilters(filters: Filter[] | undefined, names: string[]): void {
  matches(filters, Object.fromEntries(names.map(name => [name, []])), {})
}

interface Page {
  MaxResults?: number | undefined
  NextToken?: string | undefined
}

/** One page of `items`, and the token of the next one. Without MaxResults EC2 answers all at once. */
export function page<T>(items: T[], { MaxResults, NextToken }: Page, bounds: { min: number; max: number }) {
  if (MaxResults !== undefined && (MaxResults < bounds.min || MaxResults > bounds.max)) {
    const message = `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value between ${bounds.min} and ${bounds.max}.`
    throw ec2Error('InvalidParameterValue', message)
  }
  const from = NextToken === undefined ? 0 : readToken(NextToken)
  const to = from + (MaxResults ?? items.length)
  return { items: items.slice(from, to), NextToken: to < items.length ? writeToken(to) : undefined }
}

const writeToken = (from: number) => Buffer.from(`from ${from}`).toString('base64url')

function readToken(token: string): number {
  const from = /^from (\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1]
  if (from === undefined) throw ec2Error('InvalidParameterValue', 'Unable to parse pagination token')
  return Number(from)
}
