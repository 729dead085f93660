/** What the cloud knows of arrays: records, instances, disks, locks. No node is asked. */
import type * as z from 'zod'
import { allArrays, allNodes } from '../shared/arrays.ts'
import { date } from '../shared/clock.ts'
import { isNamed, NoSuchArray } from '../shared/errors.ts'
import { holderOf } from '../shared/lock.ts'
import { findDisks, findNodes, type Node } from '../shared/picture.ts'
import { type ArrayRecord, readRecord } from '../shared/record.ts'
import { shorten } from '../shared/request.ts'
import { nextAction, situationOf } from '../shared/schedule.ts'
import type * as answers from './answers.ts'
import { holderView } from './operations.ts'

export type ArrayList = z.output<typeof answers.ArrayList>
/** Its request as it is sent: what has a default may be left out. */
export type ArrayView = z.input<typeof answers.ArrayView>

export async function listArrays(): Promise<ArrayList> {
  const [names, nodes] = [await allArrays(), await allNodes()]
  const arrays = names.map(array =>
    summary(
      array,
      nodes.filter(node => node.array === array),
    ),
  )
  return { arrays: await Promise.all(arrays) }
}

export async function viewArray(array: string): Promise<ArrayView> {
  const [record, nodes, disks] = [await readRecord(array), await findNodes(array), await findDisks(array)]
  if (!record && nodes.length === 0 && disks.length === 0) throw new NoSuchArray(`there is no array ${array}`)
  return {
    array,
    state: record?.state ?? null,
    request: record ? shorten(record.request) : null,
    nodes: nodes.map(({ launchedAt: _, stoppedAt: __, ...node }) => node),
    disks,
    busy: await busyWith(array),
    keepRunningUntil: record?.keepRunningUntil ?? null,
    next: nextOf(record, nodes),
  }
}

/** A record that cannot be read is told of: it must not hide the other arrays. */
async function summary(array: string, nodes: Node[]): Promise<ArrayList['arrays'][number]> {
  const about = { array, nodes: countBy(nodes.map(({ state }) => state)), busy: await busyWith(array) }
  try {
    const record = await readRecord(array)
    return { ...about, state: record?.state ?? null, next: nextOf(record, nodes) }
  } catch (error) {
    if (!isNamed(error, 'CloudRefused')) throw error
    return { ...about, state: null, next: null, problem: error.message }
  }
}

async function busyWith(array: string) {
  const held = await holderOf(array)
  return held ? holderView(held) : null
}

function nextOf(record: ArrayRecord | undefined, nodes: Node[]) {
  const situation = record && situationOf(record, nodes, date())
  return (situation && nextAction(situation)) ?? null
}

function countBy(words: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
