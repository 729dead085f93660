/** Which host shall serve perfweb, and the document that makes it do so. */
import * as z from 'zod'
import { run } from './shared/documents.ts'
import { CloudRefused, NotReady, RequestRejected } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { EnablePerfweb } from './shared/operations.ts'
import { findNodes, only } from './shared/picture.ts'
import { requireRecord } from './shared/record.ts'

export const handler = define(z.strictObject({ input: EnablePerfweb }), async ({ input: { array, host: asked } }) => {
  const { request, state } = await requireRecord(array)
  if (state === 'building') throw new NotReady([`${array} was never completed: star up completes it`])
  const names = request.hosts.map(({ name }) => name)
  const [first] = names
  const host = asked ?? first
  if (!host || !names.includes(host)) {
    throw new RequestRejected([
      { field: 'host', rule: `must be a host of ${array}: ${names.join(', ')}`, got: `${host}` },
    ])
  }
  const node = only(await findNodes(array), host)
  if (!node) throw new CloudRefused(`${host} is gone: star up makes it anew`)
  if (node.state !== 'running') throw new NotReady([`${host} is ${node.state}: star start starts the array`])
  return { host, run: run('serve-perfweb', node) }
})
