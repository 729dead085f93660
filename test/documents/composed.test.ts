import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { configureTarget } from '../../functions/shared/documents.ts'
import type { Node } from '../../functions/shared/picture.ts'
import { acceptRequest, type RequestInput } from '../../functions/shared/request.ts'
import { composeDocuments } from '../../ssm-documents/compose.ts'
import { source } from './node.ts'

const documents = composeDocuments()
const folders = readdirSync(source).filter(name => !/^(compose\.ts|lib|os|files)$/.test(name))

it('composes a document of every folder', () => {
  expect([...documents.keys()]).toEqual(folders.map(name => `STAR-${name}`))
  expect(folders.length).toBeGreaterThan(10)
})

describe.each([...documents])('%s', (name, document) => {
  const step = document.mainSteps[0]

  it('is a command document of one step, as SSM takes it', () => {
    expect(name).toMatch(/^[a-zA-Z0-9_\-.]{3,128}$/)
    expect(name).not.toMatch(/^(aws|amazon|amzn)/i)
    expect(Object.keys(document).sort()).toEqual(['description', 'mainSteps', 'parameters', 'schemaVersion'])
    expect(document.schemaVersion).toBe('2.2')
    expect(document.mainSteps).toHaveLength(1)
    expect(step.action).toBe('aws:runShellScript')
    expect(step.name).toMatch(/^[a-zA-Z0-9_]+$/)
    expect(Object.keys(step.inputs).sort()).toEqual(['runCommand', 'timeoutSeconds'])
    expect(step.inputs.timeoutSeconds).toMatch(/^\d+$/)
    expect(Number(step.inputs.timeoutSeconds)).toBeGreaterThanOrEqual(5)
    for (const parameter of Object.values(document.parameters)) expect(parameter.type).toBe('String')
  })

  it('begins with the line that makes the agent run it by bash, and stops at the first error', () => {
    expect(step.inputs.runCommand.slice(0, 2)).toEqual(['#!/bin/bash', 'set -euo pipefail'])
    for (const line of step.inputs.runCommand) expect(line).not.toContain('\n')
  })

  it('gives the agent nothing to replace but its parameters, each once, in single quotes', () => {
    const lines = step.inputs.runCommand.filter(line => line.includes('{{'))
    expect(lines).toEqual(Object.keys(document.parameters).map(key => `readonly p_${key}='{{ ${key} }}'`))
  })

  it('reads every parameter that it declares, and no other', () => {
    const text = step.inputs.runCommand.filter(line => !line.startsWith('readonly p_')).join('\n')
    const read = new Set([...text.matchAll(/\bp_(\w+)/g)].map(([, key]) => key))
    expect([...read].sort()).toEqual(Object.keys(document.parameters).sort())
  })

  it('takes its turn on a node, unless it only looks', () => {
    const turn = step.inputs.runCommand.includes('one_at_a_time')
    expect(turn).toBe(!/^STAR-inspect-/.test(name))
  })

  it('carries the files that it installs or runs, and no other', () => {
    const text = step.inputs.runCommand.join('\n')
    const carried = [...text.matchAll(/^file_(\w+)\(\)/gm)].map(([, id]) => id)
    const script = text.slice(text.lastIndexOf('\nEND-OF-'))
    const installed = [...script.matchAll(/^node_file (\S+)/gm)].map(([, file]) =>
      file?.replaceAll(/[^a-zA-Z0-9]/g, '_'),
    )
    const called = [...script.matchAll(/\bfile_(\w+)/g)].map(([, id]) => id)
    expect([...new Set([...installed, ...called])].sort()).toEqual(carried.sort())
  })

  it('has no file that would end its own here-document', () => {
    const lines = step.inputs.runCommand
    const ends = lines.filter(line => line.startsWith('END-OF-'))
    expect(new Set(ends).size).toBe(ends.length)
  })
})

/** 64 KB is the service's limit; parameters are counted too, which it does not promise. */
describe('size', () => {
  const disks = { count: 16, size: '1T', iops: 100 }
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i).padStart(3, '0'))
  const requests: [string, RequestInput][] = [
    ['256 LUNs and 16 hosts', { disks, luns: [{ count: 256 }], hosts: numbers(16).map(() => ({})) }],
    [
      'hosts with the longest names there are',
      {
        disks,
        luns: [{ count: 256 }],
        hosts: numbers(16).map(i => ({ name: 'h'.repeat(60) + i, initiator: `iqn.2023-09.a:${i}`.padEnd(223, 'x') })),
      },
    ],
    [
      'as many LUNs with the longest names as a record holds',
      {
        disks,
        luns: [...numbers(110).map(i => ({ name: `ABCDEFG${i}` })), { count: 146 }],
        hosts: numbers(16).map(() => ({})),
      },
    ],
  ]

  it.each(requests)('stays below 65,536 bytes with %s', (_, input) => {
    const request = acceptRequest(input)
    expect([request.luns.length, request.hosts.length]).toEqual([256, 16])
    const node: Node = { name: 'star0001-ctl1', instanceId: 'i-0', role: 'controller', address: '10.0.0.1' } as Node
    const uuid = '01234567-89ab-cdef-0123-456789abcdef'
    const run = configureTarget(
      request,
      node,
      request.luns.map(({ name, sizeMiB }) => [name, uuid, sizeMiB]),
    )
    const document = documents.get(run.document)
    for (const [key, { allowedPattern }] of Object.entries(document?.parameters ?? {})) {
      expect(run.parameters[key]).toMatch(new RegExp(allowedPattern))
    }
    expect(bytes(document) + bytes(run.parameters)).toBeLessThan(65_536)
  })

  it('of every other document leaves a quarter of it free', () => {
    // What a controller is made of comes with one document, whose parameters are short.
    const most = (name: string) => (name === 'STAR-prepare-controller' ? 61_440 : 49_152)
    for (const [name, document] of documents) expect(bytes(document), name).toBeLessThan(most(name))
  })

  function bytes(value: unknown): number {
    return Buffer.byteLength(JSON.stringify(value))
  }
})
