import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { commandLine, pick } from '../../cli/shell.ts'
import type { ArrayNode } from '../../functions/shared/arrays.ts'

const node = (array: string, name: string): ArrayNode => ({
  array,
  name,
  role: 'host',
  instanceId: `i-${array}-${name}`,
  instanceType: 't3a.medium',
  state: 'running',
  address: '172.31.0.9',
  launchedAt: 0,
})
const nodes = [node('a1', 'instance-1'), node('b1', 'instance-1'), node('b1', 'instance-2')]

describe('star shell', () => {
  it('gives one word to the shell as it is, pipes and all', () => {
    expect(commandLine(['lsblk | wc -l'])).toBe('lsblk | wc -l')
  })

  it('keeps several words apart, whatever characters they have', () => {
    const words = ['printf', '%s|', "it's", 'a b', '$HOME', '*', '']
    expect(execFileSync('sh', ['-c', commandLine(words)], { encoding: 'utf8' })).toBe("it's|a b|$HOME|*||")
  })

  it('finds a node by name or instance id', () => {
    expect(pick(nodes, 'instance-2').array).toBe('b1')
    expect(pick(nodes, 'i-a1-instance-1').array).toBe('a1')
  })

  it('asks which array is meant where a name is in two, and takes the answer', () => {
    expect(() => pick(nodes, 'instance-1')).toThrow('--array: which instance-1? It is in a1 and in b1')
    expect(pick(nodes, 'instance-1', 'b1').array).toBe('b1')
  })

  it('says which nodes there are', () => {
    expect(() => pick(nodes, 'instance-3', 'b1')).toThrow(/no such node; there is instance-1, instance-2/)
  })
})
