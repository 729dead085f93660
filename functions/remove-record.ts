/** Forgets an array whose resources are gone. Tells whether the whole operation changed anything. */
import * as z from 'zod'
import { define } from './shared/handler.ts'
import { ArrayName, recordName } from './shared/names.ts'
import { read, removeParameter } from './shared/record.ts'

const Event = z.strictObject({ array: ArrayName, removed: z.array(z.string()) })

export const handler = define(Event, async ({ array, removed }) => {
  const recorded = (await read(recordName(array))) !== undefined
  await removeParameter(recordName(array))
  return { changed: recorded || removed.length > 0 }
})
