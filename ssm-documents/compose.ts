import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'

/** One parameter of a document. Patterns are anchored: the agent matches them unanchored, and splices text into shell. */
const parameter = z.strictObject({
  description: z.string().min(1),
  allowedPattern: z.string().regex(/^\^.*\$$/, 'anchored with ^ and $'),
  default: z.string().optional(),
})

const metadata = z.strictObject({
  description: z.string().min(1),
  /** Seconds until the agent kills the script, or the parameter that says so. */
  timeoutSeconds: z.union([z.int().min(5).max(172_800), z.string().regex(/^\{\{ [a-zA-Z0-9]+ \}\}$/)]),
  parameters: z.record(z.string().regex(/^[a-zA-Z0-9]+$/), parameter),
  /** Looks only, and may do so beside a document that changes things; those run one at a time on a node. */
  readOnly: z.boolean().default(false),
  /** Names in files/ that the script installs with `node_file <name>`. */
  files: z.array(z.string()).default([]),
})

export interface DocumentContent {
  schemaVersion: '2.2'
  description: string
  parameters: Record<string, { type: 'String'; description: string; allowedPattern: string; default?: string }>
  mainSteps: [{ action: 'aws:runShellScript'; name: string; inputs: { timeoutSeconds: string; runCommand: string[] } }]
}

const here = import.meta.dirname
const text = (...path: string[]) => readFileSync(join(here, ...path), 'utf8').trimEnd()

/** Every document, by the name that it has in SSM: `STAR-` and its folder's name. */
export function composeDocuments(): Map<string, DocumentContent> {
  const names = readdirSync(here, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('/document.yaml'))
    .map(path => path.slice(0, -'/document.yaml'.length))
  return new Map(names.sort().map(name => [`STAR-${name}`, compose(name)]))
}

/** Metadata and script of one folder, with the shared functions, both OS layers and the node's files, as one step. */
function compose(name: string): DocumentContent {
  const { description, timeoutSeconds, parameters, readOnly, files } = metadata.parse(
    parse(text(name, 'document.yaml')),
  )
  const script = [
    '#!/bin/bash',
    'set -euo pipefail',
    // Safe in single quotes because no allowed pattern lets a quote through (a test holds that).
    ...Object.keys(parameters).map(key => `readonly p_${key}='{{ ${key} }}'`),
    withoutComments(text('lib', 'common.sh')),
    osLayers(),
    ...files.map(
      file => `file_${identifier(file)}() { cat <<'END-OF-${file}'\n${text('files', file)}\nEND-OF-${file}\n}`,
    ),
    ...(readOnly ? [] : ['one_at_a_time']),
    text(name, 'script.sh'),
  ].join('\n')
  return {
    schemaVersion: '2.2',
    description,
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([key, value]) => [key, { type: 'String', ...value }]),
    ),
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: name.replaceAll('-', '_'),
        inputs: { timeoutSeconds: String(timeoutSeconds), runCommand: script.split('\n') },
      },
    ],
  }
}

/** Of the functions that every document has: 64 KB are the most that one may have, the largest array's LUNs included. */
const withoutComments = (script: string) => script.replaceAll(/^ *#(?! shellcheck).*\n/gm, '')

/** Each OS layer is the body of a function; the node runs the one that is named after its /etc/os-release. */
function osLayers(): string {
  const layers = readdirSync(join(here, 'os')).sort()
  return [
    // One layer for all documents: each reads only some of its variables.
    ...layers.map(
      file =>
        `# shellcheck disable=SC2034\nos_layer_${identifier(file.replace('.sh', ''))}() {\n${text('os', file)}\n}`,
    ),
    '. /etc/os-release',
    'layer=os_layer_$' + '{ID}_$' + '{VERSION_ID%%.*}',
    'declare -F "$layer" >/dev/null || fail "$PRETTY_NAME is not supported: ' +
      `${layers.map(file => file.replace('.sh', '')).join(' and ')} are"`,
    '"$layer"',
  ].join('\n')
}

function identifier(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9]/g, '_')
}
