import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bundle, buildFunctions } from '../../infra/build.ts'

/** No node_modules is above it: what a bundle lacks it does not find there. */
const folder = mkdtempSync(join(tmpdir(), 'star-build-'))
afterAll(() => rmSync(folder, { recursive: true }))

let bundles: Bundle[] = []
beforeAll(async () => {
  bundles = await buildFunctions(folder)
}, 120_000)

test('every function has a bundle of its own, 1 MB at most', () => {
  const functions = readdirSync(join(import.meta.dirname, '../../functions'))
    .filter(file => file.endsWith('.ts'))
    .map(file => file.replace('.ts', ''))

  expect(bundles.map(({ name }) => name).sort()).toEqual(functions.sort())
  expect(bundles.filter(({ bytes }) => bytes > 1_000_000)).toEqual([])
  for (const { name, bytes } of bundles) expect(readFileSync(join(folder, name, 'index.mjs')).length, name).toBe(bytes)
})

test('the script for a first boot lies beside the functions that launch instances, and nowhere else', () => {
  const script = readFileSync(join(import.meta.dirname, '../../functions/shared/user-data.sh'), 'utf8')
  const holders = bundles.filter(bundle => existsSync(join(bundle.folder, 'user-data.sh')))

  expect(holders.map(({ name }) => name).sort()).toEqual(['create-builder', 'make-resources'])
  expect(readFileSync(join(folder, 'make-resources', 'user-data.sh'), 'utf8')).toBe(script)
})

test('a bundle takes no other client along than those it uses', () => {
  const clientsIn = (name: string) => {
    const text = readFileSync(join(folder, name, 'index.mjs'), 'utf8')
    return ['AmazonEC2', 'AmazonSSM', 'AWSStepFunctions', 'AWSEvents'].filter(target => text.includes(`"${target}"`))
  }

  expect(clientsIn('make-resources')).toEqual(['AmazonEC2'])
  expect(clientsIn('lock-array')).toEqual(['AmazonSSM', 'AWSStepFunctions'])
  expect(clientsIn('check-input')).toEqual([])
})

/** Runs in a process of its own, as Lambda's does; returns the milliseconds of a processor that each module took. */
function load(...names: string[]): Record<string, number> {
  const script = `
    const times = {}
    for (const name of ${JSON.stringify(names)}) {
      const before = process.cpuUsage()
      const { handler } = await import('./' + name + '/index.mjs')
      if (typeof handler !== 'function') throw new Error(name + ' has no handler')
      const { user, system } = process.cpuUsage(before)
      times[name] = Math.round((user + system) / 1000)
    }
    console.log(JSON.stringify(times))`
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, encoding: 'utf8' }),
  )
}

test('every bundle is whole, and has a handler', () => {
  const imported = bundles.flatMap(({ name }) => {
    const text = readFileSync(join(folder, name, 'index.mjs'), 'utf8')
    return [...text.matchAll(/\b(?:from|import\()\s*"([^"]+)"/g)].map(([, module]) => module)
  })

  expect(imported.filter(module => !module?.startsWith('node:'))).toEqual([])
  expect(Object.keys(load(...bundles.map(({ name }) => name)))).toHaveLength(bundles.length)
})

test('the largest one is loaded in 150 ms; three times that on a slow computer', () => {
  const name = bundles[0]?.name ?? ''
  const best = Math.min(...[1, 2, 3].map(() => load(name)[name] ?? Number.POSITIVE_INFINITY))
  console.log(`import of ${name}, the largest bundle: ${best} ms`)

  expect(best).toBeLessThan(450)
})

test('errors keep their names when their classes are minified', async () => {
  const { handler } = await import(pathToFileURL(join(folder, 'check-request', 'index.mjs')).href)

  await expect(handler({ request: { x: 1 } }, {})).rejects.toMatchObject({ name: 'RequestRejected' })
  await expect(handler({}, {})).rejects.toMatchObject({ name: 'EventInvalid' })
})
