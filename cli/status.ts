/** `star status`: asks the nodes, says what is so. Exit code 0 healthy, 1 not healthy, 3 no array, 4 stopped. */
import { allArrays } from '../functions/shared/arrays.ts'
import type { Inspection } from '../functions/shared/inspection.ts'
import { chooseArray } from './arrays.ts'
import { type Cloud, withCloud } from './cloud.ts'
import { exitCodes } from './failure.ts'
import { look } from './look.ts'
import { statusLines, statusRows } from './status-view.ts'
import { table } from './table.ts'

export interface StatusFlags {
  array?: string
  json?: boolean
}

export const status = (flags: StatusFlags) => withCloud(cloud => statusOn(cloud, flags))

export async function statusOn(cloud: Cloud, flags: StatusFlags): Promise<number> {
  const arrays = await allArrays()
  // A person who looks at everything is shown everything; JSON is one object.
  const all = flags.array === undefined && !flags.json && arrays.length > 1
  const chosen = all ? arrays : [await chooseArray(flags.array)]
  let code: number = exitCodes.ok
  for (const [i, array] of chosen.entries()) {
    const inspection = await look<Inspection>(cloud, 'inspect-array', array)
    if (!inspection) return exitCodes.interrupted
    if (i > 0 && process.stdout.isTTY) console.log()
    print(inspection, flags.json)
    code = worse(code, codeOf(inspection))
  }
  return code
}

function codeOf({ power, healthy }: Inspection): number {
  if (power === 'stopped') return exitCodes.stopped
  return healthy ? exitCodes.ok : exitCodes.failed
}

/** Of several arrays one that is not healthy says more than one that is stopped. */
function worse(one: number, other: number): number {
  return one === exitCodes.failed || other === exitCodes.ok ? one : other
}

function print(inspection: Inspection, json = false): void {
  if (json) console.log(JSON.stringify(inspection, null, 2))
  else if (process.stdout.isTTY) console.log(statusLines(inspection).join('\n'))
  else console.log(table(statusRows(inspection), { aligned: false }).join('\n'))
}
