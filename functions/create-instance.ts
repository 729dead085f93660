/** Sees to it that a node's instance runs: finds it by its tags, starts it if it was stopped, launches it if there is none. */
import { type Instance, RunInstancesCommand, StartInstancesCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { ec2 } from './shared/clients/ec2.ts'
import { done, Watch, wait } from './shared/deadline.ts'
import { CloudRefused, isNamed } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { ArrayName, clientToken, ExecutionArn } from './shared/names.ts'
import { findNodes, type Node, nodeOf, only } from './shared/picture.ts'
import { settings } from './shared/settings.ts'
import { InstanceItem, Place } from './shared/shapes.ts'
import { taggedAs } from './shared/tags.ts'
import { userData } from './shared/user-data.ts'

const Event = z.strictObject({
  array: ArrayName,
  execution: ExecutionArn,
  place: Place,
  item: InstanceItem,
  watch: Watch,
})
type Event = z.output<typeof Event>

const DEADLINE_SECONDS = 300

export const handler = define(Event, async event => {
  const { array, item, watch } = event
  const node = only(await findNodes(array), item.node) ?? (await launch(event))
  if (node.state === 'running') return { ...done, instanceId: node.instanceId }
  if (node.state === 'stopped') await start(node)
  return {
    ...wait(watch, DEADLINE_SECONDS, `${item.node} (${node.instanceId}) to be running`),
    instanceId: node.instanceId,
  }
})

/** Called again while the tags do not show the instance yet, it answers with the same one: that is what the token does. */
async function launch({ array, execution, place, item }: Event): Promise<Node> {
  const { nodeProfile } = settings()
  const { Instances = [] } = await ec2().send(
    new RunInstancesCommand({
      ClientToken: clientToken(execution, item.node),
      MinCount: 1,
      MaxCount: 1,
      ImageId: place.imageId,
      InstanceType: item.instanceType as Instance['InstanceType'],
      SubnetId: place.subnetId,
      SecurityGroupIds: [item.groupId],
      EbsOptimized: true,
      BlockDeviceMappings: [
        { DeviceName: place.rootDevice, Ebs: { Encrypted: true, VolumeType: 'gp3', DeleteOnTermination: true } },
      ],
      MetadataOptions: { HttpEndpoint: 'enabled', HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      PrivateDnsNameOptions: { HostnameType: 'resource-name', EnableResourceNameDnsARecord: true },
      // An agent that starts without credentials sleeps for minutes: the profile has to be there from the first boot.
      ...(nodeProfile && { IamInstanceProfile: { Name: nodeProfile } }),
      UserData: Buffer.from(userData()).toString('base64'),
      TagSpecifications: [
        taggedAs('instance', { array, role: item.role, node: item.node }),
        taggedAs('volume', { array, role: 'root', node: item.node }),
      ],
    }),
  )
  const [instance] = Instances
  if (!instance) throw new CloudRefused(`RunInstances answered without an instance for ${item.node}`)
  const node = nodeOf(instance)
  if (node.state === 'terminated' || node.state === 'shutting-down') {
    throw new CloudRefused(
      `${item.node} (${node.instanceId}) ended at once: ${instance.StateReason?.Message ?? 'no reason given'}`,
    )
  }
  return node
}

async function start({ instanceId }: Node): Promise<void> {
  try {
    await ec2().send(new StartInstancesCommand({ InstanceIds: [instanceId] }))
  } catch (error) {
    // It is still on its way down, or another look will tell.
    if (!isNamed(error, 'IncorrectInstanceState', 'IncorrectState', 'InvalidInstanceID.NotFound')) throw error
  }
}
