/** `star list`: arrays as the cloud knows them; no node is asked. */
import { type ArrayList, type ArrayView, listArrays, viewArray } from '../functions/api/arrays.ts'
import { chooseArray } from './arrays.ts'
import { isThere, withCloud } from './cloud.ts'
import { exitCodes } from './failure.ts'
import { table } from './table.ts'

export async function list(flags: { array?: string; json?: boolean }): Promise<number> {
  if (flags.array !== undefined)
    print(await withCloud(async () => viewArray(await chooseArray(flags.array))), viewRows, flags)
  // That there is none is an answer here, and no failure.
  else print(isThere() ? await withCloud(listArrays) : { arrays: [] }, listRows, flags)
  return exitCodes.ok
}

export function print<T extends object>(
  answer: T,
  rows: (answer: T) => string[][],
  { json }: { json?: boolean },
): void {
  if (json) console.log(JSON.stringify(answer, null, 2))
  else for (const line of table(rows(answer), { aligned: process.stdout.isTTY === true })) console.log(line)
}

/** A row an array. */
export const listRows = ({ arrays }: ArrayList): string[][] =>
  arrays.map(({ array, state, nodes, busy, next, problem }) => [
    array,
    state ?? 'no record',
    Object.entries(nodes)
      .map(([word, n]) => `${n} ${word}`)
      .join(', ') || 'no nodes',
    busy ? `busy: ${busy.operation}` : 'free',
    problem ?? (next ? `${next.action} ${next.at}` : ''),
  ])

/** What one array is made of: a row a thing, its kind first. */
export const viewRows = ({ array, state, nodes, disks, busy, next }: ArrayView): string[][] => [
  ['array', array, state ?? 'no record', busy ? `busy: ${busy.operation}` : 'free'],
  ...nodes.map(({ role, name, state, instanceId, address, instanceType }) => [
    ...[role, name, state],
    ...[instanceId, address, instanceType],
  ]),
  ...disks.map(({ name, state, volumeId, sizeGiB, type }) => ['disk', name, state, volumeId, `${sizeGiB} GiB`, type]),
  ...(next ? [['next', next.action, next.at, next.because ?? '']] : []),
]
