/** `star down`: removes an array, everything that carries its tags and nothing else. */
import { chooseArray, leftOf } from './arrays.ts'
import { star } from './chosen.ts'
import { type Cloud, withCloud } from './cloud.ts'
import { confirmName } from './confirm.ts'
import { exitCodes, WorkflowFailed } from './failure.ts'
import { runShown } from './workflow.ts'

export interface DownFlags {
  array?: string
  yes?: boolean
  timings?: boolean
  json?: boolean
}

export const down = (flags: DownFlags) => withCloud(cloud => downOn(cloud, flags))

export async function downOn(cloud: Cloud, flags: DownFlags): Promise<number> {
  const array = await chooseArray(flags.array)
  const there = (await leftOf(array)) ?? 'its record'
  await confirmName(`This removes ${array} (${there}) with all data.`, array, flags.yes)
  const outcome = await runShown(cloud, 'teardown-array', { array }, { title: `${array}  down`, ...flags })
  const left = await leftOf(array)
  if (outcome.status === 'ABORTED') {
    console.error(`star: interrupted; of ${array} there is ${left ?? 'nothing left'}`)
    console.error(`star: ${star(`down --array ${array}`)} goes on, ${star(`up --array ${array}`)} completes it again`)
    return exitCodes.interrupted
  }
  if (outcome.status === 'FAILED')
    throw new WorkflowFailed(`${array} is not gone: there is ${left ?? 'its record'}`, outcome)
  await cloud.clear()
  const { removed } = outcome.output as { removed: string[] }
  if (flags.json) console.log(JSON.stringify(outcome.output, null, 2))
  else console.log([...(removed.length > 0 ? [`deleted: ${removed.join(', ')}`] : []), `${array} is gone`].join('\n'))
  return exitCodes.ok
}
