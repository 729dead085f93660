import { expect, it } from 'vitest'
import { listRows, viewRows } from '../../cli/list.ts'
import { listArrays, viewArray } from '../../functions/api/arrays.ts'
import { openBuilt } from './local.ts'

it('star list has a row for each array, and of one array a row for each part', async () => {
  await openBuilt()
  expect(listRows(await listArrays())).toEqual([['star0001', 'ready', '3 running', 'free', '']])
  const rows = viewRows(await viewArray('star0001'))
  expect(rows.map(([kind, name, state]) => [kind, name, state])).toEqual([
    ['array', 'star0001', 'ready'],
    ['controller', 'star0001-ctl1', 'running'],
    ['controller', 'star0001-ctl2', 'running'],
    ['host', 'instance-1', 'running'],
    ['disk', 'star0001-disk1', 'in-use'],
    ['disk', 'star0001-disk2', 'in-use'],
  ])
})

it('star list tells who changes an array, what its schedule does next, and what is wrong with its record', () => {
  const busy = { id: 'add-luns:a1-x', operation: 'add-luns', since: '2026-11-24T10:00:00Z' }
  const next = { action: 'stop' as const, at: '2026-11-24T10:00:00Z' }
  expect(
    listRows({
      arrays: [
        { array: 'a1', state: 'ready', nodes: { running: 2, stopped: 1 }, busy, next },
        { array: 'a2', state: null, nodes: {}, busy: null, next: null, problem: 'its record cannot be read' },
      ],
    }),
  ).toEqual([
    ['a1', 'ready', '2 running, 1 stopped', 'busy: add-luns', 'stop 2026-11-24T10:00:00Z'],
    ['a2', 'no record', 'no nodes', 'free', 'its record cannot be read'],
  ])
})
