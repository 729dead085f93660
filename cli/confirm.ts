/** Asks on a terminal before something is interrupted or deleted. `--yes` answers for scripts. */
import { createInterface } from 'node:readline/promises'
import { exitCodes, Mistake } from './failure.ts'

/** Throws Mistake unless the name is typed. */
export async function confirmName(question: string, name: string, yes = false): Promise<void> {
  if (yes) return
  const answer = await ask(`${question} Type its name to go on: `)
  if (answer !== name) throw new Mistake(`${name} was not typed; nothing was done`)
}

/** Throws Mistake unless the answer begins with a y. */
export async function confirm(question: string, yes = false): Promise<void> {
  if (yes) return
  const answer = await ask(`${question} Go on? [y/N] `)
  if (!/^y(es)?$/i.test(answer)) throw new Mistake('nothing was done')
}

async function ask(question: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) throw new Mistake('--yes: needed where nobody can be asked')
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  terminal.on('SIGINT', () => process.exit(exitCodes.interrupted))
  const answer = await terminal.question(question)
  terminal.close()
  return answer.trim()
}
