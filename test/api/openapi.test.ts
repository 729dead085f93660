import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { routes } from '../../functions/api/routes.ts'
import { openApiFile, openApiText } from '../../infra/openapi.ts'
import { document } from './bench.ts'

const everywhere = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [[key, inner] as [string, unknown], ...everywhere(inner)])
    : []

function at(reference: string): unknown {
  const [, ...steps] = reference.split('/')
  return steps.reduce((value: unknown, step) => (value as Record<string, unknown> | undefined)?.[step], document)
}

describe('the OpenAPI document', () => {
  it('is the committed one: `node infra/openapi.ts` writes it', () => {
    expect(readFileSync(openApiFile, 'utf8')).toBe(openApiText())
  })

  it('has every route, and no other', () => {
    const paths = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
    )
    expect(paths.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort())
    const ids = routes.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('refers to nothing that is not in it, and has nothing that is not referred to', () => {
    const references = new Set(everywhere(document).flatMap(([key, value]) => (key === '$ref' ? [String(value)] : [])))
    for (const reference of references) expect(at(reference), reference).toBeDefined()
    for (const [kind, all] of Object.entries(document.components)) {
      for (const name of Object.keys(all)) expect([...references]).toContain(`#/components/${kind}/${name}`)
    }
  })

  it('has schemas that are JSON Schema, and parameters for what stands in a path', () => {
    const ajv = new Ajv2020({ validateFormats: false })
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      expect(ajv.validateSchema(schema), `${name}: ${ajv.errorsText()}`).toBe(true)
    }
    for (const [path, methods] of Object.entries(document.paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => `#/components/parameters/${name}`)
      for (const { parameters = [] } of Object.values(methods)) {
        expect(parameters.map(({ $ref }) => $ref)).toEqual(expect.arrayContaining(inPath))
      }
    }
  })

  it('tells the rules of a request: what it refuses, the API refuses too', () => {
    const ajv = new Ajv2020({ validateFormats: false, strict: false })
    ajv.addSchema({ $id: 'star', ...document })
    const is = (schema: string, body: unknown) => ajv.validate({ $ref: `star#/components/schemas/${schema}` }, body)
    expect(is('ArrayRequest', {})).toBe(true)
    expect(is('ArrayRequest', { unknown: 1 })).toBe(false)
    expect(is('AddLunsRequest', { luns: [{ count: 10, size: '1G' }] })).toBe(true)
    expect(is('AddLunsRequest', { luns: [], array: 'a1' })).toBe(false)
    expect(is('ScheduleArrayRequest', { schedule: null })).toBe(true)
  })
})
