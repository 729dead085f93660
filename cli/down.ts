/** `star down`: removes an array, everything that carries its tags and nothing else. */
import { existsSync } from 'node:fs'
import { NoSuchArray } from '../functions/shared/errors.ts'
import { openLocal } from '../infra/local/local.ts'
import { chooseArray, leftOf } from './arrays.ts'
import { confirmName } from './confirm.ts'
import { exitCodes, WorkflowFailed } from './failure.ts'
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
    const there = (await leftOf(array)) ?? 'its record'
    await confirmName(`This removes ${array} (${there}) with all data.`, array, flags.yes)
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
    const { removed } = outcome.output as { removed: string[] }
    if (flags.json) console.log(JSON.stringify(outcome.output, null, 2))
    else console.log([...(removed.length > 0 ? [`deleted: ${removed.join(', ')}`] : []), `${array} is gone`].join('\n'))
    return exitCodes.ok
  } finally {
    await local.close()
  }
}
