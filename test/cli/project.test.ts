import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const text = (file: string) => readFileSync(join(root, file), 'utf8')

/** Runs a program of node_modules under the Node.js of these tests. */
function check(program: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, output: status === 0 ? '' : stdout + stderr }
}

describe('the project', { timeout: 60_000 }, () => {
  it('type-checks', () => {
    expect(check('typescript/bin/tsc', '--noEmit')).toEqual({ status: 0, output: '' })
  })

  it('is formatted and has no lint', () => {
    expect(check('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.')).toEqual({ status: 0, output: '' })
  })

  it('says the same commands in both languages', () => {
    const code = (file: string) =>
      text(file)
        .split('\n')
        .filter(line => line.startsWith('    '))
        .map(line => line.replace(/ *#.*/, ''))
    expect(code('README.ja.md')).toEqual(code('README.md'))
    const headings = (file: string) => text(file).match(/^#+/gm)
    expect(headings('README.ja.md')).toEqual(headings('README.md'))
  })

  it('gives a reason for each dependency', () => {
    const { dependencies, devDependencies } = JSON.parse(text('package.json'))
    const reasons = text('docs/architecture.md').split('## Dependencies')[1] ?? ''
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
      // Packages of one scope share a row: `@aws-sdk/client-ec2, -ssm, -sfn`.
      expect(reasons).toMatch(name.startsWith('@aws-sdk/client-') ? name.replace('@aws-sdk/client', '') : name)
    }
  })

  it('locks a package for every platform that it names', () => {
    const { packages } = JSON.parse(text('package-lock.json'))
    for (const [path, { optionalDependencies = {} }] of Object.entries<{ optionalDependencies?: object }>(packages)) {
      for (const name of Object.keys(optionalDependencies)) {
        // As Node.js looks for it: beside the package, then in every folder above.
        const above = path.split('/node_modules/').map((_, i, parts) => parts.slice(0, i + 1).join('/node_modules/'))
        const places = [...above.map(folder => `${folder}/node_modules/${name}`), `node_modules/${name}`]
        expect(
          Object.keys(packages).some(place => places.includes(place)),
          `${path} wants ${name}`,
        ).toBe(true)
      }
    }
  })
})
