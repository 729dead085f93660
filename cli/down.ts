/** `star down`: removes an array, everything that carries its tags and nothing else. */
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { NoSuchArray } from '../functions/shared/errors.ts'
import { openLocal } from '../infra/local/local.ts'
import { chooseArray, leftOf } from './arrays.ts'
import { exitCodes, Mistake, WorkflowFailed } from './failure.ts'
import { home } from './paths.ts'
import { runShown } from './workflow.ts'

export interface DownFlags {
  array?: string
  yes?: boolean
  timings?: boolean
  json?: boolean
}

export async function down(flags: DownFlags): Promise<number> {
  if (!existsSync(home)) throw new NoSuchArray('there is no array')
  const local = await openLocal()
  try {
    const array = await chooseArray(flags.array)
    await confirm(array, (await leftOf(array)) ?? 'its record', flags.yes)
    const outcome = await runShown(local, 'teardown-array', { array }, { title: `${array}  down`, ...flags })
    const left = await leftOf(array)
    if (outcome.status === 'ABORTED') {
      console.error(`star: interrupted; of ${array} there is ${left ?? 'nothing left'}`)
      console.error(`star: ./star down --array ${array} goes on, ./star up --array ${array} completes it again`)
      return exitCodes.interrupted
    }
    if (outcome.status === 'FAILED')
      throw new WorkflowFailed(`${array} is not gone: there is ${left ?? 'its record'}`, outcome)
    await local.clear()
    if (flags.json) console.log(JSON.stringify({ array, removed: true }))
    else console.log(`${array} is gone`)
    return exitCodes.ok
  } finally {
    await local.close()
  }
}

async function confirm(array: string, what: string, yes = false): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY || !process.stdout.isTTY) throw new Mistake('--yes: needed where nobody can be asked')
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  terminal.on('SIGINT', () => process.exit(exitCodes.interrupted))
  const answer = await terminal.question(`This removes ${array} (${what}) with all data. Type its name to go on: `)
  terminal.close()
  if (answer.trim() !== array) throw new Mistake(`${array} was not typed; nothing was removed`)
}
