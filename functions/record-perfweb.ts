/** Remembers that a host serves perfweb, so that a host that is made anew does so again. */
import * as z from 'zod'
import { define } from './shared/handler.ts'
import { ArrayName } from './shared/names.ts'
import { requireRecord, updateRecord } from './shared/record.ts'
import { Report } from './shared/reports.ts'

const Event = z.strictObject({ array: ArrayName, host: z.string(), report: Report })

export const handler = define(Event, async ({ array, host: served, report }) => {
  const { request } = await requireRecord(array)
  const known = request.hosts.some(({ name, perfweb }) => name === served && perfweb)
  if (!known) {
    const hosts = request.hosts.map(host => (host.name === served ? { ...host, perfweb: true } : host))
    await updateRecord(array, record => ({ request: { ...record.request, hosts } }))
  }
  return { changed: !known || report.changed.length > 0 }
})
