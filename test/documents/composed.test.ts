import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { attachSeconds } from '../../functions/shared/documents.ts'
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
    const [, parameter = ''] = /^\{\{ (\w+) \}\}$/.exec(step.inputs.timeoutSeconds) ?? []
    if (parameter) expect(document.parameters[parameter]?.allowedPattern).toMatch(/^\^\[0-9\]/)
    else expect(Number(step.inputs.timeoutSeconds)).toBeGreaterThanOrEqual(5)
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
    expect(turn).toBe(!/^STAR-(inspect-|check-paths$|serve-luns$)/.test(name))
  })

  it('carries the files that it installs or runs, and no other', () => {
    const text = step.inputs.runCommand.join('\n')
    const carried = [...text.matchAll(/^file_(\w+)\(\)/gm)].map(([, id]) => id)
    const script = text.slice(text.lastIndexOf('\nEND-OF-'))
    const installed = [...script.matchAll(/^ *node_file (\S+)/gm)].map(([, file]) =>
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

/** A node that falls silent is given up when a document's time is over; a script that waits says for what before that. */
describe('time', () => {
  it.each(folders)(
    '%s: a document may take a minute more than its turn and its waits do, and not half an hour more',
    name => {
      const content = documents.get(`STAR-${name}`)
      const { timeoutSeconds = '', runCommand = [] } = content?.mainSteps[0].inputs ?? {}
      const script = readFileSync(join(source, name, 'script.sh'), 'utf8')
      const turn = runCommand.includes('one_at_a_time') ? 300 : 0
      const literal = (pattern: RegExp) => [...script.matchAll(pattern)].reduce((sum, [, s]) => sum + Number(s), 0)
      for (const luns of [1, 256]) {
        const counted = [...script.matchAll(/wait_for \$\(\((\d+) \+ p_luns\)\)/g)].map(([, s]) => Number(s) + luns)
        const waits = counted.reduce((sum, s) => sum + s, literal(/\bwait_for (\d+)/g) + literal(/\bsleep (\d+)$/gm))
        if (timeoutSeconds.startsWith('{')) continue
        const least = turn + waits + (name === 'stop-cluster' ? 300 : 0)
        expect(Number(timeoutSeconds)).toBeGreaterThanOrEqual(least + 60)
        expect(Number(timeoutSeconds)).toBeLessThan(least + 1800)
      }
    },
  )

  it('of a host that logs in grows with its LUNs', () => {
    // Its turn, two logins, two minutes and a minute of reserve; and for each LUN.
    expect(attachSeconds(1)).toBe(300 + 2 * 180 + 120 + 60 + 20)
    expect(attachSeconds(256)).toBeLessThan(6_000)
  })
})

/** 64 KB is the service's limit; test/limits holds each document against it with the largest parameters there are. */
describe('size', () => {
  it('leaves a quarter of it free for parameters', () => {
    // What a controller is made of comes with one document, whose parameters are short.
    const most = (name: string) => (name === 'STAR-prepare-controller' ? 61_440 : 49_152)
    for (const [name, document] of documents) expect(bytes(document), name).toBeLessThan(most(name))
  })

  function bytes(value: unknown): number {
    return Buffer.byteLength(JSON.stringify(value))
  }
})
