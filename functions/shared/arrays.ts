/** Which arrays there are. Truth is asked for, never remembered. */
import { GetParametersByPathCommand, type GetParametersByPathCommandOutput } from '@aws-sdk/client-ssm'
import { ssm } from './clients/ssm.ts'
import { listInstances } from './ec2.ts'
import { type Node, nodeOf } from './picture.ts'

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
    const page: GetParametersByPathCommandOutput = await ssm().send(
      new GetParametersByPathCommand({ Path: '/star', NextToken }),
    )
    names.push(...(page.Parameters ?? []).map(({ Name = '' }) => Name.slice('/star/'.length)))
    NextToken = page.NextToken
  } while (NextToken)
  return [...new Set(names)].sort()
}
