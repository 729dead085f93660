import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2'
import { expect, onTestFinished, test } from 'vitest'
import { useClients } from '../../functions/shared/clients.ts'
import { useClock } from '../../functions/shared/clock.ts'
import { type Call, writeCalls } from '../../infra/local/call-log.ts'
import { handlerOf } from '../../infra/local/definitions.ts'
import { openLab as open } from '../statemachines/lab.ts'

function openLab() {
  const lab = open()
  useClients(lab.cloud)
  useClock(lab.clock.now)
  const file = join(lab.home, 'calls')
  onTestFinished(writeCalls(file))
  const calls = () =>
    (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []).map(line => JSON.parse(line) as Call)
  return { ...lab, calls }
}

test('each call is put down to the function that makes it, with the tags of what it is about', async () => {
  const { run, calls } = openLab()
  await run('provision-array', {})

  const [attachment] = calls().filter(({ command }) => command === 'AttachVolume')
  expect(attachment?.function).toBe('make-resources')
  const { VolumeId, InstanceId } = (attachment?.input ?? {}) as Record<string, string>
  expect(attachment?.tags).toMatchObject({
    [VolumeId ?? '']: { 'star:array': 'star0001', 'star:role': 'disk' },
    [InstanceId ?? '']: { 'star:array': 'star0001', 'star:role': 'controller' },
  })
})

test('calls that differ in ids alone are written down once, and the command’s own calls not at all', async () => {
  const { cloud, calls } = openLab()
  const lockArray = await handlerOf('lock-array')
  await cloud.ec2.send(new DescribeInstancesCommand({}))
  for (const array of ['a1', 'a2', 'b1']) await lockArray({ array, execution: 'arn:x', operation: 'add-luns' }, {})

  expect(calls().map(({ input }) => input.Name)).toEqual(['/star/a1/lock', '/star/b1/lock'])
})
