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
  const before = made?.items ?? []
  const mayAsk = !before.some(({ failure }) => failure)
  const round = (work: Work[], before: Making[]) =>
    Promise.all(
      work.map(async (one, place) => {
        const was = before[place] ?? begin(one)
        return mayAsk || !isUnasked(was) ? await advance(one, was) : was
      }),
    )

  const parts = partsOf(request, groups, given, there)
  const items = await round(parts, before)
  if (items.every(isMade)) items.push(...(await round(tiesOf(request, given, there), before.slice(parts.length))))

  const failing = items.some(({ failure }) => failure)
  const open = items.filter(item => item.ended === undefined && !(failing && isUnasked(item)))
  if (open.length > 0) return { ready: false, failed: false, items, seconds: nextRound(open) }
  const ready = items.every(isMade)
  return { ready, failed: !ready, items, seconds: 0 }
})

/** It was throttled each time: where all comes to nothing, nobody waits until it may be asked for. */
const isUnasked = ({ since, trouble }: Making) => since === undefined && trouble?.Error === 'CloudThrottled'

const isMade = ({ ended, failure }: Making) => ended !== undefined && !failure
