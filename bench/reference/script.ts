/** Runs the reference's scripts on nodes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const file = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')

export const base64 = (text: string) => Buffer.from(text).toString('base64')
export const fileAsBase64 = (name: string) => base64(file(name))

/** A command line that runs it: from a file, not from a pipe that its commands would read from. Parameters are plain words or base64. */
export const script = (name: string, parameters: Record<string, string> = {}) =>
  [
    "cat >/root/reference.sh <<'SCRIPT'",
    ...Object.entries(parameters).map(([key, value]) => `${key}='${value}'`),
    file(name),
    'SCRIPT',
    'bash /root/reference.sh </dev/null',
  ].join('\n')
