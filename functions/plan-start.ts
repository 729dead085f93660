/**
 * What the start of an array takes: both controllers, each to serve again, and then the hosts, each to log in again. LUNs
 * whose addition has not come to its end are made in between: hosts would wait for them.
 */
import * as z from 'zod'
import { documentsOf } from './shared/documents.ts'
import { CloudRefused, NotReady } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { ArrayName } from './shared/names.ts'
import { expectedNodes, findDisks, findNodes, type Node, volumesOf } from './shared/picture.ts'
import { requireRecord } from './shared/record.ts'

export const handler = define(z.strictObject({ array: ArrayName }), async ({ array }) => {
  const { request, state, adding } = await requireRecord(array)
  if (state === 'building')
    throw new NotReady([`${array} was never completed: star up completes it, and starts it too`])
  const [found, disks] = await Promise.all([findNodes(array), findDisks(array)])
  const [first, second, ...hosts] = expectedNodes(request, found).map(({ name, node }) => {
    if (!node) throw new CloudRefused(`${name} is gone: star up makes it anew`)
    return node
  }) as [Node, Node, ...Node[]]
  const { createPool, connectHosts, startCluster, attachHosts } = documentsOf(
    request,
    { controllers: [first, second], hosts },
    volumesOf(request, disks),
  )
  const unfinished = adding !== undefined && !adding.done
  const names = (nodes: Node[]) => nodes.map(({ name }) => name)
  return {
    controllers: { nodes: names([first, second]), runs: startCluster },
    addition: { todo: unfinished, request, createPool, connectHosts },
    // Where LUNs are being added, their hosts log in when all of them are there.
    hosts: { nodes: names(hosts), runs: unfinished ? [] : attachHosts },
  }
})
