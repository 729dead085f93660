/** Whether the agents of nodes answer, so that documents can be sent to them. */
import { DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm'
import { ssm } from './clients/ssm.ts'
import { now } from './clock.ts'
import { listInstances } from './ec2.ts'
import { DeadlineExceeded, isNamed, NodeDown } from './errors.ts'
import { allPages } from './pages.ts'
import type { Run } from './shapes.ts'

/** Ids of those of these instances whose agents answer. */
export async function answering(instanceIds: string[]): Promise<Set<string>> {
  if (instanceIds.length === 0) return new Set()
  const Filters = [{ Key: 'InstanceIds', Values: instanceIds }]
  const agents = await allPages(async NextToken => {
    const page = await ssm().send(new DescribeInstanceInformationCommand({ Filters, NextToken }))
    return { items: page.InstanceInformationList, next: page.NextToken }
  })
  return new Set(
    agents.flatMap(({ InstanceId, PingStatus }) => (InstanceId && PingStatus === 'Online' ? InstanceId : [])),
  )
}

/** EC2 is asked only about a node that takes longer than most boots. */
const BOOT_SECONDS = 30
const DOWN = ['stopping', 'stopped', 'shutting-down', 'terminated']

/** Throws where a node that has been waited for since then is waited for no longer: NodeDown, or DeadlineExceeded. */
export async function mayWait(
  { node, instanceId, agentSeconds }: Omit<Run, 'parameters' | 'document'>,
  since: number,
): Promise<void> {
  const seconds = (now() - since) / 1000
  if (seconds > BOOT_SECONDS) {
    const state = await stateOf(instanceId)
    if (DOWN.includes(state)) throw new NodeDown(`${node} (${instanceId}) is ${state}`)
  }
  if (seconds < agentSeconds) return
  throw new DeadlineExceeded(`waited ${agentSeconds} s for the agent of ${node} (${instanceId}) to answer`)
}

async function stateOf(instanceId: string): Promise<string> {
  try {
    const [instance] = await listInstances({ InstanceIds: [instanceId] })
    return instance?.State?.Name ?? ''
  } catch (error) {
    // So soon after its launch EC2 may not know it here.
    if (isNamed(error, 'InvalidInstanceID.NotFound')) return ''
    throw error
  }
}
