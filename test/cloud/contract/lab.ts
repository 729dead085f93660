import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  type CreateVolumeCommandInput,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  type Instance,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  type Volume,
} from '@aws-sdk/client-ec2'
import {
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  SendCommandCommand,
} from '@aws-sdk/client-ssm'
import { type CloudOptions, openCloud } from '../../../infra/local/cloud.ts'
import type { Bench } from './bench.ts'
import { documents } from './documents.ts'

export const zone = 'ap-northeast-1d'

/** A cloud over a bench, and short words for what the tests do with it again and again. */
export function openLab(bench: Bench, options: Partial<CloudOptions> = {}) {
  const { home, driver, clock } = bench
  const cloud = openCloud({ home, driver, documents, clock, ...options })
  const { ec2, ssm } = cloud

  /** Waits for `look` to answer something, in the bench's own time. */
  async function until<T>(what: string, seconds: number, look: () => Promise<T | undefined | false>): Promise<T> {
    const end = clock.now() + seconds * 1000
    for (;;) {
      const found = await look()
      if (found !== undefined && found !== false) return found
      if (clock.now() > end) throw new Error(`${what}: not within ${seconds} s`)
      await clock.sleep(1000)
    }
  }

  async function imageId(): Promise<string> {
    const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'] }))
    return Images?.[0]?.ImageId ?? ''
  }

  /** Instance ids of new instances that are all alike. */
  async function launch(count = 1, settings: Partial<RunInstancesCommandInput> = {}): Promise<string[]> {
    const ImageId = await imageId()
    const { Instances = [] } = await ec2.send(
      new RunInstancesCommand({ ImageId, InstanceType: 't3a.medium', MinCount: count, MaxCount: count, ...settings }),
    )
    return Instances.map(({ InstanceId }) => InstanceId ?? '')
  }

  async function instance(id: string): Promise<Instance> {
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))
    return Reservations[0]?.Instances?.[0] ?? {}
  }
  const stateOf = async (id: string) => (await instance(id)).State?.Name

  const isOnline = async (id: string) => {
    const Filters = [{ Key: 'InstanceIds', Values: [id] }]
    const { InstanceInformationList = [] } = await ssm.send(new DescribeInstanceInformationCommand({ Filters }))
    return InstanceInformationList[0]?.PingStatus === 'Online'
  }
  const online = (...ids: string[]) => Promise.all(ids.map(id => until(`${id} online`, 180, () => isOnline(id))))

  async function volume(settings: Partial<CreateVolumeCommandInput> = {}): Promise<string> {
    const shared = { VolumeType: 'io2', Size: 4, Iops: 100, MultiAttachEnabled: true } as const
    const made = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: zone, ...shared, ...settings }))
    return made.VolumeId ?? ''
  }

  async function volumeNow(id: string): Promise<Volume> {
    const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }))
    return Volumes[0] ?? {}
  }

  const attach = (VolumeId: string, InstanceId: string, Device = '/dev/sdf') =>
    ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }))

  const send = async (document: string, id: string, parameters: Record<string, string> = {}) => {
    const Parameters = Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, [value]]))
    const { Command } = await ssm.send(
      new SendCommandCommand({ DocumentName: document, InstanceIds: [id], Parameters, TimeoutSeconds: 60 }),
    )
    return Command?.CommandId ?? ''
  }

  const invocation = (CommandId: string, InstanceId: string) =>
    ssm.send(new GetCommandInvocationCommand({ CommandId, InstanceId }))

  const ended = (command: string, id: string, seconds = 120): Promise<GetCommandInvocationCommandOutput> =>
    until(`${command} on ${id} to end`, seconds, async () => {
      const found = await invocation(command, id)
      return !['Pending', 'InProgress', 'Delayed'].includes(found.Status ?? '') && found
    })

  /** Runs a document to its end. */
  const run = async (document: string, id: string, parameters: Record<string, string> = {}) =>
    ended(await send(document, id, parameters), id)

  return {
    ...{ cloud, ec2, ssm, sfn: cloud.sfn, until, imageId, launch, instance, stateOf, isOnline, online },
    ...{ volume, volumeNow, attach, send, invocation, ended, run },
  }
}

export type Lab = ReturnType<typeof openLab>
