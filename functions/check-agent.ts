/** Whether the agent of a node answers, so that a document can be sent to it. */
import { DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm'
import * as z from 'zod'
import { clients } from './shared/clients.ts'
import { done, Watch, wait } from './shared/deadline.ts'
import { define } from './shared/handler.ts'
import { Run } from './shared/shapes.ts'

const Event = z.strictObject({ run: Run, watch: Watch })

export const handler = define(Event, async ({ run: { node, instanceId, agentSeconds }, watch }) => {
  const Filters = [{ Key: 'InstanceIds', Values: [instanceId] }]
  const { InstanceInformationList = [] } = await clients().ssm.send(new DescribeInstanceInformationCommand({ Filters }))
  if (InstanceInformationList.some(({ PingStatus }) => PingStatus === 'Online')) return done
  return wait(watch, agentSeconds, `the agent of ${node} (${instanceId}) to answer`)
})
