import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { composeDocuments } from '../../ssm-documents/compose.ts'
import { documentText, source, which } from './node.ts'

/** Notes that say nothing about a composed document. Whatever is a warning or an error there is none of. */
const NOTES = {
  SC1091: '/etc/os-release is the node’s own, and cannot be followed',
  SC2016: 'the single quotes are meant: $name there is a variable of jq',
  SC2119: 'a function that takes any number of words may get none (os_firewall on a host)',
  SC2317: 'the OS layers’ functions are reached by a name that only the node knows',
}

function shellcheck(files: string[], exclude: string[] = []): string {
  const options = ['--shell=bash', '--format=gcc', `--exclude=${exclude.join(',')}`]
  return spawnSync('shellcheck', [...(exclude.length ? options : options.slice(0, 2)), ...files], { encoding: 'utf8' })
    .stdout
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'star-lint-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const files = readdirSync(join(source, 'files'))
const first = (file: string) => documentText('files', file).split('\n')[0] as string
const ofShell = files.filter(file => /^#!.*\b(bash|sh)$/.test(first(file)))
const ofPython = files.filter(file => file.endsWith('.py') || /^#!.*python3( -\w+)?$/.test(first(file)))
const ofXml = files.filter(file => file.endsWith('.xml'))

describe('shell', () => {
  it('shellcheck says nothing of any composed document, with parameters in their places', () => {
    const root = folder()
    const paths = [...composeDocuments()].map(([name, { mainSteps }]) => {
      const path = join(root, name)
      writeFileSync(path, `${mainSteps[0].inputs.runCommand.join('\n')}\n`)
      return path
    })
    expect(shellcheck(paths, Object.keys(NOTES)).replaceAll(`${root}/`, '')).toBe('')
  })

  it('shellcheck says nothing of the files that nodes run, nor of the parts before they are composed', () => {
    expect(ofShell).toEqual(['STARorbit', 'STARpool', 'fence_star', 'star-standby'])
    const parts = ['lib/common.sh', ...readdirSync(join(source, 'os')).map(name => `os/${name}`)]
    const paths = [...ofShell.map(file => `files/${file}`), ...parts].map(path => join(source, path))
    expect(shellcheck([...paths, join(import.meta.dirname, 'recorder.sh')])).toBe('')
  })
})

describe('python', () => {
  it('compiles, with no syntax that Rocky 8’s Python 3.6 does not have', () => {
    expect(ofPython).toEqual([
      ...['check-paths.py', 'inspect-controller.py', 'inspect-host.py', 'prove-luns.py', 'quiesce-host.py'],
      ...['star-perfweb', 'star-perfweb-render', 'star-perfweb-sample'],
      ...['star-target', 'star_config.py', 'star_gate.py', 'star_lio.py', 'star_pool.py'],
    ])
    const check = `
import ast, sys
for path in sys.argv[1:]:
    with open(path, encoding='utf-8') as file:
        text = file.read()
    compile(text, path, 'exec')
    ast.parse(text, path, feature_version=(3, 6))
`
    const paths = ofPython.map(file => join(source, 'files', file))
    const { status, stderr } = spawnSync(which('python3'), ['-W', 'error', '-c', check, ...paths], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

describe('xml', () => {
  const parse = (text: string) =>
    JSON.parse(execFileSync(which('python3'), ['-c', PARSE], { encoding: 'utf8', input: text })) as {
      root: string
      ids: string[]
      references: string[]
    }
  const PARSE = `
import json, sys, xml.etree.ElementTree as tree
root = tree.parse(sys.stdin).getroot()
print(json.dumps({'root': root.tag, 'ids': [e.get('id') for e in root.iter() if e.get('id')],
                  'references': [e.get(k) for e in root.iter() for k in ('rsc', 'with-rsc', 'first', 'then') if e.get(k)]}))
`

  it('is well-formed; in the CIB no id is there twice, and no constraint is about what is not there', () => {
    expect(ofXml).toEqual(['cib.xml'])
    const { root, ids, references } = parse(documentText('files/cib.xml'))
    expect(root).toBe('cib')
    expect(new Set(ids).size).toBe(ids.length)
    expect(references.length).toBeGreaterThan(4)
    for (const reference of references) expect(ids).toContain(reference)
  })

  it('is what each resource agent says of itself, with an action for every verb it has', () => {
    for (const agent of ['STARpool', 'STARorbit']) {
      const text = execFileSync('bash', [join(source, 'files', agent), 'meta-data'], { encoding: 'utf8' })
      expect(parse(text).root).toBe('resource-agent')
      expect(text).toContain(`<resource-agent name="${agent}"`)
      const verbs =
        documentText('files', agent)
          .match(/^ {2}([a-z |]+)\) "\$1" ;;$/m)?.[1]
          ?.split(' | ') ?? []
      expect(verbs.length).toBeGreaterThan(2)
      for (const verb of verbs) expect(text).toContain(`<action name="${verb}"`)
    }
  })
})
