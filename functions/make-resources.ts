/**
 * Makes what an array stands on: instances and disks all at once, and then what ties them. Called again until all is
 * there, or nothing is in the making any more: an undo must find all of it.
 */
import * as z from 'zod'
import { define } from './shared/handler.ts'
import { ExecutionArn } from './shared/names.ts'
import { findDisks, findNodes } from './shared/picture.ts'
import { advance, begin, nextRound, type Work } from './shared/resources/making.ts'
import { partsOf, tiesOf } from './shared/resources/wanted.ts'
import { Accepted, Making, Place } from './shared/shapes.ts'

const Given = z.object({
  request: Accepted,
  place: Place,
  execution: ExecutionArn,
  groups: z.strictObject({ controllers: z.string(), hosts: z.string() }),
  /** By the calls before. */
  made: z.object({ items: z.array(Making) }).optional(),
})

interface Made {
  /** All is there. */
  ready: boolean
  /** All has ended, and not all of it well. */
  failed: boolean
  items: Making[]
  /** Until the next call. */
  seconds: number
}

export const handler = define(z.strictObject({ given: Given }), async ({ given }): Promise<Made> => {
  const { request, groups, made } = given
  const [nodes, disks] = await Promise.all([findNodes(request.array), findDisks(request.array)])
  const there = { nodes, disks }
  const round = (work: Work[], before: Making[]) =>
    Promise.all(work.map((one, place) => advance(one, before[place] ?? begin(one))))

  const before = made?.items ?? []
  const parts = partsOf(request, groups, given, there)
  const items = await round(parts, before)
  if (items.every(isMade)) items.push(...(await round(tiesOf(request, given, there), before.slice(parts.length))))

  const open = items.filter(({ ended }) => ended === undefined)
  if (open.length > 0) return { ready: false, failed: false, items, seconds: nextRound(open) }
  const ready = items.every(isMade)
  return { ready, failed: !ready, items, seconds: 0 }
})

const isMade = ({ ended, failure }: Making) => ended !== undefined && !failure
