/** What the start of an array takes: both controllers, each to serve again, and then the hosts, each to log in again. */
import * as z from 'zod'
import { documentsOf } from './shared/documents.ts'
import { CloudRefused, NotReady } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { ArrayName } from './shared/names.ts'
import { expectedNodes, findNodes, type Node } from './shared/picture.ts'
import { requireRecord } from './shared/record.ts'

export const handler = define(z.strictObject({ array: ArrayName }), async ({ array }) => {
  const { request, state } = await requireRecord(array)
  if (state === 'building')
    throw new NotReady([`${array} was never completed: star up completes it, and starts it too`])
  const [first, second, ...hosts] = expectedNodes(request, await findNodes(array)).map(({ name, node }) => {
    if (!node) throw new CloudRefused(`${name} is gone: star up makes it anew`)
    return node
  }) as [Node, Node, ...Node[]]
  const { startCluster, attachHosts } = documentsOf(request, { controllers: [first, second], hosts }, [])
  const names = (nodes: Node[]) => nodes.map(({ name }) => name)
  return {
    controllers: { nodes: names([first, second]), runs: startCluster },
    hosts: { nodes: names(hosts), runs: attachHosts },
  }
})
