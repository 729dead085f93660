/** An execution may have 25,000 events. What waits makes most of them: each look is a task, a choice and a wait. */
import type { Context } from 'aws-lambda'
import { expect, test } from 'vitest'
import { handler as attachDisk } from '../../functions/attach-disk.ts'
import { handler as checkAgent } from '../../functions/check-agent.ts'
import { handler as checkDocument } from '../../functions/check-document.ts'
import { handler as createDisk } from '../../functions/create-disk.ts'
import { handler as createInstance } from '../../functions/create-instance.ts'
import { useClients } from '../../functions/shared/clients.ts'
import { useClock } from '../../functions/shared/clock.ts'
import { attachSeconds } from '../../functions/shared/documents.ts'
import { definitionText, machineNames, statesOf } from '../../infra/definitions.ts'
import { composeDocuments } from '../../ssm-documents/compose.ts'
import { type Fault, openLab } from '../statemachines/lab.ts'

/** A task is five events, a choice and a wait two each. */
const LOOK = 9
const LIMIT = 25_000
/** What is not looked at again and again. */
const OTHERS = 1_500

const context = {} as Context
const array = 'star0001'
const execution = 'arn:aws:states:r:1:execution:m:one'
const place = { vpcId: 'vpc-1', subnetId: 'subnet-1', imageId: 'ami-1', rootDevice: '/dev/xvda' }
const run = { document: 'STAR-x', node: 'n1', instanceId: 'i-1', parameters: {}, agentSeconds: 300 }

/** How often something is looked at that is never ready, and for how many seconds. */
async function looksOf(
  faults: Record<string, Fault>,
  look: (watch: object, began: number) => Promise<{ watch?: object; seconds?: number }>,
) {
  const { cloud, clock } = openLab({ faults })
  useClients(cloud)
  useClock(clock.now)
  const began = clock.now()
  let watch = {}
  for (let looks = 1; ; looks++) {
    try {
      const answer = await look(watch, began)
      watch = answer.watch ?? {}
      clock.advance((answer.seconds ?? 0) * 1_000)
    } catch (error) {
      expect((error as Error).name).toMatch(/^(DeadlineExceeded|DocumentLost)$/)
      return { looks, seconds: (clock.now() - began) / 1_000 }
    }
  }
}

const volume = { VolumeId: 'vol-1', Size: 10, VolumeType: 'io2', Tags: [{ Key: 'star:node', Value: 'd1' }] }

test('16 hosts and 16 disks can all take until just before their deadlines', async () => {
  const instance = await looksOf(
    {
      DescribeInstances: () => ({ Reservations: [] }),
      RunInstances: () => ({ Instances: [{ InstanceId: 'i-1', State: { Name: 'pending' } }] }),
    },
    watch => {
      const item = { kind: 'instance', node: 'n1', role: 'host', instanceType: 't3a.medium', groupId: 'sg-1' }
      return createInstance({ array, execution, place, item, watch }, context)
    },
  )
  const disk = await looksOf({ DescribeVolumes: () => ({ Volumes: [{ ...volume, State: 'creating' }] }) }, watch => {
    const item = { kind: 'disk', disk: 'd1', zone: 'z', sizeGiB: 10, type: 'io2', iops: 100 }
    return createDisk({ array, execution, item, watch }, context)
  })
  const attaching = [{ InstanceId: 'i-1', State: 'attaching' }]
  const attachment = await looksOf(
    { DescribeVolumes: () => ({ Volumes: [{ ...volume, Attachments: attaching }] }) },
    watch => {
      const item = { disk: 'd1', node: 'n1', volumeId: 'vol-1', instanceId: 'i-1', device: '/dev/sdf' }
      return attachDisk({ item, watch }, context)
    },
  )

  const events = (18 * instance.looks + 16 * disk.looks + 32 * attachment.looks) * LOOK
  console.log(`create-resources: ${events + OTHERS} events at most`)
  expect([instance.seconds, disk.seconds]).toEqual([expect.closeTo(300, -1.5), expect.closeTo(300, -1.5)])
  expect(events + OTHERS).toBeLessThan(LIMIT)
})

test('a document can take as long as it may, after three boots that took as long as they may', async () => {
  const agent = await looksOf(
    {
      DescribeInstanceInformation: () => ({ InstanceInformationList: [] }),
      DescribeInstances: () => ({ Reservations: [{ Instances: [{ State: { Name: 'running' } }] }] }),
    },
    watch => checkAgent({ run, watch }, context),
  )
  const document = await looksOf(
    { GetCommandInvocation: () => ({ Status: 'InProgress', StatusDetails: 'InProgress' }) },
    (_, sentAt) => checkDocument({ run, sent: { commandId: 'c', sentAt, attempt: 1 } }, context),
  )

  // Where it is no number, it grows with a host's LUNs.
  const limits = [...composeDocuments().values()].map(
    ({ mainSteps: [{ inputs }] }) => Number(inputs.timeoutSeconds) || attachSeconds(256),
  )
  const events = (3 * agent.looks + document.looks) * LOOK
  console.log(`run-document: ${events + OTHERS} events at most`)
  expect(document.seconds).toBeGreaterThan(Math.max(...limits) + 120)
  expect(events + OTHERS).toBeLessThan(LIMIT)
})

test('who runs a document does not wait for longer than that, however often it is sent', () => {
  const deadlines = machineNames().flatMap(machine =>
    statesOf(JSON.parse(definitionText(machine)))
      .filter(({ state }) => state.Parameters?.StateMachineArn?.includes('RunDocumentMachine'))
      .map(({ state }) => state.TimeoutSeconds ?? Number.POSITIVE_INFINITY),
  )

  expect(deadlines.length).toBeGreaterThan(5)
  expect(Math.max(...deadlines)).toBeLessThanOrEqual(7_500)
})
