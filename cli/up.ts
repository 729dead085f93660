/** `star up`: one request, one array. Run again it completes what is half there and changes nothing that is right. */
import type { Inspection } from '../functions/shared/inspection.ts'
import { readRecord } from '../functions/shared/record.ts'
import { acceptRequest, type RequestInput, shorten } from '../functions/shared/request.ts'
import { leftOf } from './arrays.ts'
import { star } from './chosen.ts'
import { type Cloud, withNewCloud } from './cloud.ts'
import { exitCodes, WorkflowFailed } from './failure.ts'
import { type RequestFlags, requestFrom } from './options.ts'
import { statusLines } from './status-view.ts'
import { runShown } from './workflow.ts'

export interface UpFlags extends RequestFlags {
  timings?: boolean
  json?: boolean
}

export async function up(file: string | undefined, flags: UpFlags): Promise<number> {
  const asked = requestFrom(file, flags)
  // Refused before anything is installed or made; the workflow checks again, for those who come another way.
  acceptRequest(asked)
  return await withNewCloud(cloud => upOn(cloud, asked, flags))
}

export async function upOn(cloud: Cloud, asked: RequestInput, flags: UpFlags): Promise<number> {
  const say = (line: string) => console.error(`star: ${line}`)
  const { array } = acceptRequest(asked)
  const request = await goingOn(asked, array)
  if (request !== asked) say(`${array} is known: going on with the request it was accepted with`)
  const outcome = await runShown(cloud, 'provision-array', request, { title: `${array}  up`, ...flags })
  if (outcome.status === 'ABORTED') {
    const left = await leftOf(array)
    say(left ? `interrupted; of ${array} there is ${left}` : `interrupted; nothing of ${array} was made`)
    say(`${star(`up --array ${array}`)} completes it, ${star(`down --array ${array}`)} removes it`)
    return exitCodes.interrupted
  }
  if (outcome.status === 'FAILED') throw await failure(array, outcome)
  report(outcome.output as Built, flags.json)
  return exitCodes.ok
}

/** `star up` with no more than a name means the array as it was accepted, if there is one. */
async function goingOn(asked: RequestInput, array: string): Promise<RequestInput> {
  if (!Object.keys(asked).every(field => field === 'array' || field === 'keepOnFailure')) return asked
  const record = await readRecord(array)
  return record ? { ...shorten(record.request), keepOnFailure: asked.keepOnFailure ?? false } : asked
}

async function failure(array: string, outcome: { error: string; why: string; execution: string }) {
  const left = await leftOf(array)
  const after = left ? `there is ${left}` : 'nothing was left of it'
  return new WorkflowFailed(`${array} is not up; ${after}`, outcome)
}

/** What `provision-array` ends with. */
interface Built {
  array: string
  /** False where the array was right already. */
  changed: boolean
  inspection: Inspection
}

function report(built: Built, json = false): void {
  if (json) {
    console.log(JSON.stringify(built, null, 2))
    return
  }
  const { array, changed, inspection } = built
  // The inspection is older than the record that says ready.
  console.log(['', ...statusLines({ ...inspection, state: 'ready' }), ''].join('\n'))
  console.log(changed ? `${array} is up` : `${array} was up already; nothing was changed`)
  const host = inspection.nodes.find(node => node.role === 'host')
  if (host) console.log(`try: ${star(`shell ${host.name} -- multipath -ll`)}`)
}
