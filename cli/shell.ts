/** `star shell <node> [-- command …]`: root on a node, to look and to break things. */
import { type ArrayNode, allNodes } from '../functions/shared/arrays.ts'
import { NodeDown } from '../functions/shared/errors.ts'
import { machineFiles } from '../infra/local/machines/qemu.ts'
import { attachConsole, runOnNode } from '../infra/local/shell.ts'
import { chosenCloud } from './chosen.ts'
import { withLocal } from './cloud.ts'
import { Mistake } from './failure.ts'

export async function shell(name: string, command: string[], flags: { array?: string }): Promise<number> {
  if (chosenCloud() === 'aws') return await (await import('./aws/instead.ts')).shellInstead(name, command, flags)
  return await withLocal(async local => {
    const node = pick(await allNodes(), name, flags.array)
    if (node.state !== 'running')
      throw new Mistake(`${name} is ${node.state}; ./star up --array ${node.array} starts it`)
    if (command.length === 0) return await interactive(local.home, node)
    const ran = runOnNode(local.driver, node.instanceId, commandLine(command))
    const { exitCode, stdout, stderr } = await ran.catch(error => explain(error, node))
    process.stdout.write(stdout)
    process.stderr.write(stderr)
    return exitCode
  })
}

/** A command may take its own node down: that is no defect. */
async function explain(cause: unknown, { instanceId, name }: ArrayNode): Promise<never> {
  const now = (await allNodes()).find(node => node.instanceId === instanceId)
  if (now?.state === 'running') throw cause
  throw new NodeDown(`${name} went down while the command ran`, { cause })
}

/** One word is a command line, as for `ssh`; several are a program and its arguments, whatever characters they have. */
export function commandLine(words: string[]): string {
  const [only = ''] = words
  return words.length === 1 ? only : words.map(quote).join(' ')
}

export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** Two arrays may both have an `instance-1`. */
export function pick(all: ArrayNode[], name: string, array?: string): ArrayNode {
  const nodes = all.filter(node => array === undefined || node.array === array)
  const [node, ...others] = nodes.filter(known => known.name === name || known.instanceId === name)
  if (!node) {
    const names = nodes.map(known => known.name).join(', ')
    throw new Mistake(`${name}: there is no such node${names ? `; there is ${names}` : ''}`)
  }
  if (others.length > 0) {
    throw new Mistake(
      `--array: which ${name}? It is in ${[node, ...others].map(known => known.array).join(' and in ')}`,
    )
  }
  return node
}

async function interactive(folder: string, node: ArrayNode): Promise<number> {
  if (!process.stdin.isTTY)
    throw new Mistake(`without a terminal a command is needed: ./star shell ${node.name} -- command`)
  console.error(`star: console of ${node.name}, as root; Ctrl-] leaves it`)
  await attachConsole(machineFiles(folder, node.instanceId).console, process.stdin, process.stdout)
  console.error(`\nstar: left ${node.name}`)
  return 0
}
