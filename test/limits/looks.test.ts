/**
 * An execution may have 25,000 events, and what waits makes most of them: each look is a task, a choice and a wait. One of
 * an Express workflow may have any number, but five minutes.
 */
import type { Context } from 'aws-lambda'
import { expect, test } from 'vitest'
import { handler as makeResources } from '../../functions/make-resources.ts'
import { useClients } from '../../functions/shared/clients.ts'
import { useClock } from '../../functions/shared/clock.ts'
import { attachSeconds } from '../../functions/shared/documents.ts'
import { acceptRequest } from '../../functions/shared/request.ts'
import { definitionText, machineNames, statesOf } from '../../infra/definitions.ts'
import { composeDocuments } from '../../ssm-documents/compose.ts'
import { openLab } from '../statemachines/lab.ts'

/** A task is five events, a choice and a wait two each. */
const TASK = 5
const LOOK = TASK + 4
const LIMIT = 25_000
/** What is not looked at again and again. */
const OTHERS = 1_500

const context = {} as Context
const run = { document: 'STAR-x', node: 'n1', instanceId: 'i-1', parameters: {}, agentSeconds: 300 }

test('16 hosts and 16 disks can all take until just before their deadlines', async () => {
  const request = acceptRequest({ disks: { count: 16 }, hosts: Array.from({ length: 16 }, () => ({})) })
  const { cloud, clock } = openLab({
    faults: {
      DescribeInstances: () => ({ Reservations: [] }),
      DescribeVolumes: () => ({ Volumes: [] }),
      RunInstances: () => ({ Instances: [{ InstanceId: 'i-1', State: { Name: 'pending' } }] }),
      CreateVolume: ({ Size, VolumeType }) => ({ VolumeId: 'vol-1', Size, VolumeType, State: 'creating' }),
    },
  })
  useClients(cloud)
  useClock(clock.now)
  const place = { vpcId: 'vpc-1', subnetId: 'subnet-1', imageId: 'ami-1', rootDevice: '/dev/xvda' }
  const execution = 'arn:aws:states:r:1:execution:m:one'
  const given = { request, place, execution, groups: { controllers: 'sg-1', hosts: 'sg-2' } }
  const began = clock.now()
  let made = await makeResources({ given }, context)
  let looks = 1
  for (; !made.failed; looks++) {
    await clock.sleep(made.seconds * 1_000)
    made = await makeResources({ given: { ...given, made } }, context)
  }
  // Attaching is as much again, at most.
  const events = 2 * looks * LOOK
  console.log(`create-resources: ${events + OTHERS} events at most`)
  expect((clock.now() - began) / 1_000).toBeCloseTo(300, -1.5)
  expect(made.items.every(({ failure }) => failure?.Error === 'DeadlineExceeded')).toBe(true)
  expect(events + OTHERS).toBeLessThan(LIMIT)
})

/** Runs a document on each of 18 nodes that come up one after the other; each takes so long. */
async function runOf(seconds: number, boot: number) {
  const sent = new Map<string, number>()
  const lab = openLab({
    faults: {
      DescribeInstances: () => ({ Reservations: [{ Instances: [{ State: { Name: 'running' } }] }] }),
      DescribeInstanceInformation: () => ({
        InstanceInformationList: runs
          .filter((_, place) => lab.clock.now() - began > (boot - 20 * place) * 1_000)
          .map(({ instanceId: InstanceId }) => ({ InstanceId, PingStatus: 'Online' })),
      }),
      SendCommand: ({ InstanceIds }) => {
        const CommandId = (InstanceIds as string[])[0] as string
        sent.set(CommandId, lab.clock.now())
        return { Command: { CommandId } }
      },
      GetCommandInvocation: ({ CommandId }) =>
        lab.clock.now() - (sent.get(CommandId as string) ?? 0) < seconds * 1_000
          ? { Status: 'InProgress', StatusDetails: 'InProgress' }
          : { Status: 'Success', StatusDetails: 'Success', ResponseCode: 0, StandardOutputContent: '{"changed":[]}\n' },
    },
  })
  const began = lab.clock.now()
  const runs = Array.from({ length: 18 }, (_, i) => ({
    ...run,
    node: `n${i}`,
    instanceId: `i-${i}`,
    agentSeconds: boot + 60,
  }))
  expect((await lab.run('run-documents', { runs })).cause).toBeUndefined()
  const of = (name: string) => lab.events.filter(({ machine }) => machine === name)
  const watches = new Map<string, number[]>()
  for (const { execution, at } of of('watch-documents')) watches.set(execution, [...(watches.get(execution) ?? []), at])
  return {
    states: of('run-documents').filter(({ kind }) => kind === 'state-entered').length,
    longest: Math.max(...[...watches.values()].map(times => (Math.max(...times) - Math.min(...times)) / 1_000)),
  }
}

test('documents can take as long as they may, after boots that took as long as they may', async () => {
  // Where it is no number, it grows with a host's LUNs.
  const limits = [...composeDocuments().values()].map(
    ({ mainSteps: [{ inputs }] }) => Number(inputs.timeoutSeconds) || attachSeconds(256),
  )
  const { states, longest } = await runOf(Math.max(...limits), 900)
  console.log(`run-documents: ${states * TASK} events; watched for ${longest} s at most`)
  expect(states * TASK).toBeLessThan(LIMIT / 2)
  // A client that waits for an Express workflow may give up after 60 s.
  expect(longest).toBeGreaterThan(40)
  expect(longest).toBeLessThan(55)
})

test('who runs a document does not wait for longer than that, however often it is sent', () => {
  const deadlines = machineNames().flatMap(machine =>
    statesOf(JSON.parse(definitionText(machine)))
      .filter(({ state }) => state.Parameters?.StateMachineArn?.includes('RunDocumentsMachine'))
      .map(({ state }) => state.TimeoutSeconds ?? Number.POSITIVE_INFINITY),
  )

  expect(deadlines.length).toBeGreaterThan(5)
  expect(Math.max(...deadlines)).toBeLessThanOrEqual(7_500)
})
