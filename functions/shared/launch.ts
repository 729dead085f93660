/** Launching an instance, the same for each: encrypted, IMDSv2 alone, reached through its agent and by no key. */
import { type Instance, RunInstancesCommand, type TagSpecification } from '@aws-sdk/client-ec2'
import { ec2 } from './clients/ec2.ts'
import { CloudRefused } from './errors.ts'
import { settings } from './settings.ts'
import type { Place } from './shapes.ts'
import { userData } from './user-data.ts'

export interface Launch {
  /** Called again with the same one, EC2 answers with the same instance: its tags may not show it yet. */
  token: string
  /** For what a person is told. */
  name: string
  place: Place
  instanceType: string
  /** Security group. */
  groupId: string
  placementGroup?: string | undefined
  tags: TagSpecification[]
  /** Then it shuts down, and that ends it. */
  endsAfterMinutes?: number
}

export async function launch(wanted: Launch): Promise<Instance> {
  const { token, name, place, instanceType, groupId, placementGroup, tags, endsAfterMinutes } = wanted
  const { nodeProfile } = settings()
  const { Instances = [] } = await ec2().send(
    new RunInstancesCommand({
      ClientToken: token,
      MinCount: 1,
      MaxCount: 1,
      ImageId: place.imageId,
      InstanceType: instanceType as Instance['InstanceType'],
      SubnetId: place.subnetId,
      SecurityGroupIds: [groupId],
      ...(placementGroup && { Placement: { GroupName: placementGroup } }),
      EbsOptimized: true,
      BlockDeviceMappings: [
        { DeviceName: place.rootDevice, Ebs: { Encrypted: true, VolumeType: 'gp3', DeleteOnTermination: true } },
      ],
      MetadataOptions: { HttpEndpoint: 'enabled', HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      PrivateDnsNameOptions: { HostnameType: 'resource-name', EnableResourceNameDnsARecord: true },
      // An agent that starts without credentials sleeps for minutes: the profile has to be there from the first boot.
      ...(nodeProfile && { IamInstanceProfile: { Name: nodeProfile } }),
      UserData: Buffer.from(userData(endsAfterMinutes)).toString('base64'),
      ...(endsAfterMinutes !== undefined && { InstanceInitiatedShutdownBehavior: 'terminate' as const }),
      TagSpecifications: tags,
    }),
  )
  const [instance] = Instances
  if (!instance) throw new CloudRefused(`RunInstances answered without an instance for ${name}`)
  const { InstanceId, State, StateReason } = instance
  if (State?.Name === 'terminated' || State?.Name === 'shutting-down') {
    throw new CloudRefused(`${name} (${InstanceId}) ended at once: ${StateReason?.Message ?? 'no reason given'}`)
  }
  return instance
}
