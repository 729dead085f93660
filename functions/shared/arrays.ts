/** Which arrays there are. Truth is asked for, never remembered. */
import { listInstances } from './ec2.ts'
import { type Node, nodeOf } from './picture.ts'
import { listParameters } from './record.ts'

export type ArrayNode = Node & { array: string }

/** The nodes of every array, whether a record of it is left or not. */
export async function allNodes(): Promise<ArrayNode[]> {
  const instances = await listInstances({
    Filters: [
      { Name: 'tag-key', Values: ['star:array'] },
      { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] },
    ],
  })
  return instances.map(instance => ({
    ...nodeOf(instance),
    array: instance.Tags?.find(({ Key }) => Key === 'star:array')?.Value ?? '',
  }))
}

/** Arrays that have a record, `/star/<array>`, a node or a lock left: what a cut-off teardown forgot can be taken down again. */
export async function allArrays(): Promise<string[]> {
  const nodes = (await allNodes()).map(node => node.array)
  const kept = (await listParameters('/star', true)).flatMap(({ name }) => name.split('/')[2] ?? [])
  return [...new Set([...nodes, ...kept])].sort()
}
