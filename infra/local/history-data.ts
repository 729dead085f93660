/** What a state's parameters come to, as far as the state machines here go: reference paths, and the list of one. */

/** `template` as in `Parameters`; `path` picks the part of the input that its paths begin at. */
export function filled(template: unknown, path: string | undefined, input: unknown): unknown {
  return fill(template, path === undefined ? input : at(path, input))
}

function fill(template: unknown, input: unknown): unknown {
  if (template === '$') return input
  if (Array.isArray(template)) return template.map(part => fill(part, input))
  if (typeof template !== 'object' || template === null) return template
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) =>
      key.endsWith('.$') ? [key.slice(0, -2), called(String(value), input)] : [key, fill(value, input)],
    ),
  )
}

function called(text: string, input: unknown): unknown {
  const [, path] = /^States\.Array\((.*)\)$/.exec(text) ?? []
  return path === undefined ? at(text, input) : [at(path, input)]
}

/** `$.a.b[0]` */
function at(path: string, input: unknown): unknown {
  let value = input
  for (const [, key, index] of path.matchAll(/\.(\w+)|\[(\d+)\]/g)) {
    value = (value as Record<string, unknown> | undefined)?.[key ?? index ?? '']
  }
  return value
}
