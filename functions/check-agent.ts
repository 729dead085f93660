/** Whether the agent of a node answers, so that a document can be sent to it. One that is switched off is not waited for. */
import { DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm'
import * as z from 'zod'
import { ssm } from './shared/clients/ssm.ts'
import { now } from './shared/clock.ts'
import { done, Watch, wait } from './shared/deadline.ts'
import { listInstances } from './shared/ec2.ts'
import { isNamed, NodeDown } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { allPages } from './shared/pages.ts'
import { Run } from './shared/shapes.ts'

const Event = z.strictObject({ run: Run, watch: Watch })

export const handler = define(Event, async ({ run: { node, instanceId, agentSeconds }, watch }) => {
  const Filters = [{ Key: 'InstanceIds', Values: [instanceId] }]
  const agents = await allPages(async NextToken => {
    const page = await ssm().send(new DescribeInstanceInformationCommand({ Filters, NextToken }))
    return { items: page.InstanceInformationList, next: page.NextToken }
  })
  if (agents.some(({ PingStatus }) => PingStatus === 'Online')) return done
  if (now() - (watch.since ?? now()) > BOOT_MS) {
    const state = await stateOf(instanceId)
    if (DOWN.includes(state)) throw new NodeDown(`${node} (${instanceId}) is ${state}`)
  }
  const waited = wait(watch, agentSeconds, `the agent of ${node} (${instanceId}) to answer`)
  // Boots take their time, but what waits for one waits for nothing else.
  return { ...waited, seconds: Math.min(5, waited.seconds) }
})

/** EC2 is asked only about a node that takes longer than most boots. */
const BOOT_MS = 30_000
const DOWN = ['stopping', 'stopped', 'shutting-down', 'terminated']

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
