/** `star check`: proves that an array works, and names the remedy where it does not. Exit codes as of `star status`. */
import type { Check } from '../functions/judge-array.ts'
import { chooseArray } from './arrays.ts'
import { type Cloud, withCloud } from './cloud.ts'
import { exitCodes } from './failure.ts'
import { look } from './look.ts'
import { count, table } from './table.ts'

export interface CheckFlags {
  array?: string
  json?: boolean
}

export const check = (flags: CheckFlags) => withCloud(cloud => checkOn(cloud, flags))

export async function checkOn(cloud: Cloud, flags: CheckFlags): Promise<number> {
  const checked = await look<Check>(cloud, 'check-array', await chooseArray(flags.array))
  if (!checked) return exitCodes.interrupted
  if (flags.json) console.log(JSON.stringify(checked, null, 2))
  else if (process.stdout.isTTY) console.log(checkLines(checked).join('\n'))
  else console.log(table(checkRows(checked), { aligned: false }).join('\n'))
  if (checked.power === 'stopped') return exitCodes.stopped
  return checked.healthy ? exitCodes.ok : exitCodes.failed
}

export function checkLines({ array, healthy, findings, notes, tried }: Check): string[] {
  const { hosts, paths, logins } = tried
  const what = `${count(paths, 'path')} read from ${count(hosts, 'host')}, ${count(logins, 'login')} tried`
  return [
    `${array}: ${healthy ? 'healthy' : count(findings.length, 'finding')}: ${what}`,
    ...findings.flatMap(({ text, remedy }) => ['', text, `  → ${remedy}`]),
    ...(notes.length > 0 ? ['', ...notes.map(note => `note: ${note}`)] : []),
  ]
}

function checkRows({ array, healthy, findings, notes, tried }: Check): string[][] {
  return [
    ['array', array, healthy ? 'healthy' : 'not-healthy'],
    ['tried', ...[tried.hosts, tried.luns, tried.paths, tried.logins].map(String)],
    ...findings.map(({ text, remedy }) => ['finding', text, remedy]),
    ...notes.map(note => ['note', note]),
  ]
}
