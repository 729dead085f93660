/** What the cloud knows of arrays: records, instances, disks, locks. No node is asked. */
import type * as z from 'zod'
import { allArrays, allNodes } from '../shared/arrays.ts'
import { date } from '../shared/clock.ts'
import { NoSuchArray } from '../shared/errors.ts'
import { holderOf } from '../shared/lock.ts'
import { findDisks, findNodes } from '../shared/picture.ts'
import { readRecord } from '../shared/record.ts'
import { shorten } from '../shared/request.ts'
import { nextAction, situationOf } from '../shared/schedule.ts'
import type * as answers from './answers.ts'
import { holderView } from './operations.ts'

export async function listArrays(): Promise<z.output<typeof answers.ArrayList>> {
  const [names, nodes] = [await allArrays(), await allNodes()]
  const arrays = names.map(async array => ({
    array,
    state: (await readRecord(array))?.state ?? null,
    nodes: countBy(nodes.filter(node => node.array === array).map(({ state }) => state)),
  }))
  return { arrays: await Promise.all(arrays) }
}

export async function viewArray(array: string): Promise<z.input<typeof answers.ArrayView>> {
  const [record, nodes, disks, held] = [
    await readRecord(array),
    await findNodes(array),
    await findDisks(array),
    await holderOf(array),
  ]
  if (!record && nodes.length === 0 && disks.length === 0) throw new NoSuchArray(`there is no array ${array}`)
  const situation = record && situationOf(record, nodes, date())
  return {
    array,
    state: record?.state ?? null,
    request: record ? shorten(record.request) : null,
    nodes: nodes.map(({ launchedAt: _, stoppedAt: __, ...node }) => node),
    disks,
    busy: held ? holderView(held) : null,
    keepRunningUntil: record?.keepRunningUntil ?? null,
    next: (situation && nextAction(situation)) ?? null,
  }
}

function countBy(words: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
