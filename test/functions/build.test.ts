import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { buildFunctions } from '../../infra/build.ts'

const functions = readdirSync(join(import.meta.dirname, '../../functions')).flatMap(
  file => file.match(/^(.+)\.ts$/)?.[1] ?? [],
)

test('every function becomes a module with a handler, small, with all it reads beside it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'star-build-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))

  const sizes = await buildFunctions(folder)

  for (const name of functions) {
    const module = await import(pathToFileURL(join(folder, `${name}.mjs`)).href)
    expect(module.handler, name).toBeTypeOf('function')
  }
  expect(sizes.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeLessThan(2_000_000)
  const [, script] = /new URL\("\.\/([\w.-]+)",/.exec(readFileSync(join(folder, 'create-instance.mjs'), 'utf8')) ?? []
  expect(existsSync(join(folder, script ?? 'no script is read'))).toBe(true)
})

test('errors keep their names when their classes are minified', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'star-build-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  await buildFunctions(folder)
  const { handler } = await import(pathToFileURL(join(folder, 'check-request.mjs')).href)

  await expect(handler({ request: { x: 1 } }, {})).rejects.toMatchObject({ name: 'RequestRejected' })
  await expect(handler({}, {})).rejects.toMatchObject({ name: 'EventInvalid' })
})
