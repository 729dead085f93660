import { describe, expect, it } from 'vitest'
import { open, perfwebOf } from '../../cli/open.ts'
import { operateOn } from '../../cli/operate.ts'
import { serving } from '../../cli/perfweb.ts'
import { runOnNode } from '../../infra/local/shell.ts'
import { failure, openBuilt } from './local.ts'

describe('star perfweb', () => {
  it('lets the first host serve it, or the one that was named, and says how to go on', async () => {
    const { local, printed } = await openBuilt()
    expect(await operateOn(local, {}, serving({}))).toBe(0)
    expect(printed.splice(0)).toEqual([
      [
        'instance-1 serves perfweb',
        'open it: ./star open perfweb --array star0001 --host instance-1',
        'its password, shown once: ./star shell --array star0001 instance-1 -- star-perfweb password',
      ].join('\n'),
    ])
    await operateOn(local, {}, serving({ host: 'instance-1' }))
    expect(printed[0]).toMatch(/^instance-1 served perfweb already; nothing was changed\n/)
    const unknown = await failure(operateOn(local, {}, serving({ host: 'web' })))
    expect(unknown).toMatchObject({ exitCode: 2 })
    expect(unknown.lines.join('\n')).toContain('host: must be a host of star0001: instance-1 (got web)')
  })
})

describe('star open perfweb', () => {
  it('is for a host that serves it: otherwise it says which command makes one do so', async () => {
    const { local } = await openBuilt()
    expect(await failure(perfwebOf({}))).toMatchObject({
      exitCode: 2,
      lines: ['no host of star0001 serves perfweb; to have it served: ./star perfweb --array star0001'],
    })
    expect((await failure(perfwebOf({ host: 'instance-1' }))).lines).toEqual([
      'instance-1 does not serve perfweb; to have it served: ./star perfweb --array star0001 --host instance-1',
    ])
    await operateOn(local, {}, serving({}))
    const place = { array: 'star0001', host: 'instance-1', address: expect.stringMatching(/^172\.31\.0\.\d+$/) }
    expect(await perfwebOf({})).toEqual(place)
    expect(await perfwebOf({ host: 'instance-1', array: 'star0001' })).toEqual(place)
  })

  it('is refused for a host that is stopped, a node that is none, and what is no perfweb', async () => {
    const { local, machines, cloud } = await openBuilt()
    await operateOn(local, {}, serving({}))
    const { address } = await perfwebOf({})
    const host = cloud.store.list<{ id: string; address: string }>('instance').find(known => known.address === address)
    machines.cut(host?.id ?? '')
    expect((await failure(perfwebOf({}))).lines).toEqual([
      'instance-1 is stopped; ./star start --array star0001 starts it',
    ])
    expect((await failure(perfwebOf({ host: 'web' }))).lines[0]).toMatch(/^web: there is no such node/)
    expect((await failure(open('console', {}))).lines).toEqual(['console: must be perfweb'])
  })
})

it('star shell leaves nothing of a command and its output on the machine', async () => {
  const { machines } = await openBuilt()
  const [machine] = machines.machines.values()
  const before = machine?.scripts.size
  await runOnNode(machines, machine?.id ?? '', 'star-perfweb password')
  expect(machine?.scripts.size).toBe(before)
})
