/** What is in the cloud: which arrays, what belongs to them. Truth is asked for, never remembered. */
import { GetParametersByPathCommand, type GetParametersByPathCommandOutput } from '@aws-sdk/client-ssm'
import { clients } from '../functions/shared/clients.ts'
import { listInstances } from '../functions/shared/ec2.ts'
import { NoSuchArray } from '../functions/shared/errors.ts'
import { findDisks, findNodes, type Node, nodeOf } from '../functions/shared/picture.ts'
import { Mistake } from './failure.ts'
import { count } from './table.ts'

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

/** Arrays that have a record, `/star/<array>`, or a node left. */
export async function allArrays(): Promise<string[]> {
  const names = (await allNodes()).map(node => node.array)
  let NextToken: string | undefined
  do {
    const page: GetParametersByPathCommandOutput = await clients().ssm.send(
      new GetParametersByPathCommand({ Path: '/star', NextToken }),
    )
    names.push(...(page.Parameters ?? []).map(({ Name = '' }) => Name.slice('/star/'.length)))
    NextToken = page.NextToken
  } while (NextToken)
  return [...new Set(names)].sort()
}

/** The array that is meant: the one that was named, or the only one there is. */
export async function chooseArray(named: string | undefined): Promise<string> {
  const arrays = await allArrays()
  if (named !== undefined) {
    if (arrays.includes(named)) return named
    throw new NoSuchArray(`there is no array ${named}${arrays.length > 0 ? `; there is ${arrays.join(', ')}` : ''}`)
  }
  if (arrays.length > 1) throw new Mistake(`--array: which one? There is ${arrays.join(', ')}`)
  if (arrays[0] === undefined) throw new NoSuchArray('there is no array; ./star up makes one')
  return arrays[0]
}

/** `2 controllers, 1 host and 2 disks`, or undefined when nothing is left. */
export async function leftOf(array: string): Promise<string | undefined> {
  const nodes = await findNodes(array)
  const of = (role: string) => nodes.filter(node => node.role === role).length
  const parts = [
    [of('controller'), 'controller'],
    [of('host'), 'host'],
    [(await findDisks(array)).length, 'disk'],
  ] as const
  const words = parts.filter(([n]) => n > 0).map(([n, what]) => count(n, what))
  return words.length === 0 ? undefined : words.join(', ').replace(/, ([^,]*)$/, ' and $1')
}
