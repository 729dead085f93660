/** An array is fenced unless its request says otherwise, and is not ready before it is. */
import { expect, test } from 'vitest'
import { findDisks } from '../../functions/shared/picture.ts'
import { readRecord } from '../../functions/shared/record.ts'
import { NOT_FENCED } from '../../functions/shared/request.ts'
import { built, look, machineOf, openLab } from './array-lab.ts'

const formed = (lab: Awaited<ReturnType<typeof openLab>>) =>
  lab.nodes.ran.find(({ document }) => document === 'form-cluster')?.parameters

test('the cluster is formed with what it is to be fenced by, and a look says so', async () => {
  const lab = openLab()
  await lab.run('provision-array', {})
  expect(formed(lab)).toMatchObject({
    fencing: 'power',
    instances: expect.stringMatching(/^i-[0-9a-f]{17},i-[0-9a-f]{17}$/),
    region: 'ap-northeast-1',
  })
  expect(await look(lab)).toMatchObject({ healthy: true, fencing: { method: 'power', state: 'on' } })
})

test('each controller carries the ARN of the one that may fence it, and hosts none', async () => {
  const lab = await built()
  const tags = ['star0001-ctl1', 'star0001-ctl2', 'instance-1'].map(name => {
    const { id } = machineOf(lab, name)
    return { id, by: lab.cloud.store.get<{ tags: Record<string, string> }>('instance', id)?.tags['star:fenced-by'] }
  })
  const [one, two, host] = tags
  const arn = /^arn:aws:ec2:ap-northeast-1:\d{12}:instance\//
  expect([one?.by?.replace(arn, ''), two?.by?.replace(arn, ''), host?.by]).toEqual([two?.id, one?.id, undefined])
})

test('without fencing only in so many words; then a look says that', async () => {
  const lab = openLab()
  await lab.run('provision-array', { fencing: NOT_FENCED })
  expect(formed(lab)).toMatchObject({ fencing: 'none' })
  expect(await look(lab)).toMatchObject({ healthy: true, fencing: { method: NOT_FENCED, state: 'off' } })
})

test('fenced by disk: one more shared disk, which is not the pool’s', async () => {
  const lab = openLab()
  await lab.run('provision-array', { fencing: 'disk' })
  const volumes = Object.fromEntries((await findDisks('star0001')).map(({ name, volumeId }) => [name, volumeId]))
  const { 'star0001-fencing': fencing, ...pool } = volumes
  expect(formed(lab)).toMatchObject({ fencing })
  const parameters = (document: string) => lab.nodes.ran.find(ran => ran.document === document)?.parameters
  expect(parameters('create-pool')?.volumes?.split(',').sort()).toEqual(Object.values(pool).sort())
  expect(await look(lab)).toMatchObject({ healthy: true, fencing: { method: 'disk', state: 'on' } })
})

test('an array whose fencing does not come on does not count as built', async () => {
  const lab = openLab()
  const silent = openLab({ replies: { 'form-cluster': () => ({ stdout: '{"changed":[]}' }) } })
  expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })
  expect(await silent.run('provision-array', {})).toMatchObject({
    status: 'FAILED',
    error: 'VerificationFailed',
    cause: expect.stringMatching(/star0001-ctl1: fencing is off, although it was asked for/),
  })
})

test('an array from before there was fencing has none, and stays as it is', async () => {
  const lab = await built({}, { fencing: NOT_FENCED })
  const name = '/star/star0001'
  const parameter = lab.cloud.store.get<{ value: string }>('parameter', name)
  expect(parameter?.value).toContain(NOT_FENCED)
  const { request, ...rest } = JSON.parse(parameter?.value ?? '')
  delete request.fencing
  lab.cloud.store.put('parameter', name, { ...parameter, value: JSON.stringify({ request, ...rest }) })
  expect((await readRecord('star0001'))?.request.fencing).toBe(NOT_FENCED)
  expect(await look(lab)).toMatchObject({ healthy: true, fencing: { method: NOT_FENCED, state: 'off' } })
  expect(await lab.run('provision-array', {})).toMatchObject({
    error: 'ArrayExists',
    cause: expect.stringMatching(/fencing: is none, data may be destroyed, asked for power/),
  })
})
