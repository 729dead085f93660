/** What calls of AWS are made of: names, tokens, comments, and lists that come in pages. */
import { expect, test } from 'vitest'
import { useClients } from '../../functions/shared/clients.ts'
import { listVolumes } from '../../functions/shared/ec2.ts'
import { clientToken, deviceName } from '../../functions/shared/names.ts'
import { send } from '../../functions/shared/run-command.ts'
import { type LabOptions, openLab as open } from '../statemachines/lab.ts'

const openLab = (options: LabOptions) => useClients(open(options).cloud)

test('a document’s comment fits, whatever the names', async () => {
  const sent: Record<string, unknown>[] = []
  openLab({
    faults: {
      SendCommand: input => {
        sent.push(input)
        return { Command: { CommandId: 'c' } }
      },
    },
  })
  const run = {
    document: 'STAR-prepare-controller',
    node: 'n'.repeat(63),
    instanceId: 'i-1',
    parameters: { a: 'b' },
    agentSeconds: 1,
  }

  expect(await send({ ...run, document: `STAR-${'x'.repeat(60)}` })).toBe('c')
  expect(String(sent[0]?.Comment).length).toBe(100)
  expect(sent[0]).toMatchObject({ Parameters: { a: ['b'] }, TimeoutSeconds: 120 })
})

test('lists are read to their last page', async () => {
  const pages = [
    { Volumes: [{ VolumeId: 'a' }], NextToken: '1' },
    { Volumes: [], NextToken: '2' },
    { Volumes: [{ VolumeId: 'b' }] },
  ]
  openLab({ faults: { DescribeVolumes: ({ NextToken }) => pages[Number(NextToken ?? 0)] } })

  expect(await listVolumes({})).toEqual([{ VolumeId: 'a' }, { VolumeId: 'b' }])
})

test('a client token is of one thing in one execution', () => {
  const tokens = [clientToken('e1', 'a'), clientToken('e1', 'b'), clientToken('e2', 'a')]

  expect(new Set(tokens).size).toBe(3)
  expect(clientToken('e1', 'a')).toBe(tokens[0])
})

test('16 disks have 16 device names', () => {
  const names = Array.from({ length: 16 }, (_, i) => deviceName(i))

  expect(new Set(names).size).toBe(16)
  for (const name of names) expect(name).toMatch(/^\/dev\/(sd[f-p]|xvdb[a-z])$/)
})
