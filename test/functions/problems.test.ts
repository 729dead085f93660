import { describe, expect, test } from 'vitest'
import type { NodeInspection } from '../../functions/shared/inspection.ts'
import type { Disk } from '../../functions/shared/picture.ts'
import { findingsOf, problemsOf } from '../../functions/shared/problems.ts'
import type { ControllerReport, HostReport } from '../../functions/shared/reports.ts'
import { acceptRequest } from '../../functions/shared/request.ts'

const request = acceptRequest({ luns: [{ size: '1G', count: 2 }], hosts: [{}, { luns: ['LUN1'] }] })
const [ctl1, ctl2] = ['172.31.0.11', '172.31.0.12'] as const
const wwid = (n: number) => `36001405${String(n).repeat(25)}`

/** A healthy array; each test breaks one thing of it. */
function array() {
  const common = {
    failures: [],
    online: ['star0001-ctl1', 'star0001-ctl2'],
    promoted: ['star0001-ctl1'],
    unpromoted: ['star0001-ctl2'],
  }
  const controller = (n: number): ControllerReport => ({
    name: `star0001-ctl${n}`,
    role: n === 1 ? 'ACTIVE' : 'STANDBY',
    fencing: 'on',
    cluster: structuredClone(common),
    pool: { active: n === 1, owner: 'star0001-ctl1', sizeMiB: 20_472, freeMiB: 18_000 },
    luns:
      n === 1
        ? [
            ['LUN0', wwid(0), 1024, 0],
            ['LUN1', wwid(1), 1024, 0],
          ]
        : [],
    target: { serving: true, luns: 2, alua: n === 1 ? 'optimized' : 'non-optimized', sessions: [] },
    bootId: `boot-${n}`,
  })
  const paths = (): [string, string, string][] => [
    [ctl1, 'optimized', 'active'],
    [ctl2, 'non-optimized', 'active'],
  ]
  const host = (name: string, luns: number[]): HostReport => ({
    name,
    bootId: name,
    luns: luns.map(n => [`STAR-LUN${n}`, wwid(n), 1024, paths()]),
    sessions: [ctl1, ctl2],
  })
  const reports = {
    one: controller(1),
    two: controller(2),
    all: host('instance-1', [0, 1]),
    some: host('instance-2', [1]),
  }
  const node = (
    name: string,
    role: NodeInspection['role'],
    id: string,
    address: string,
    report: object,
  ): NodeInspection => ({
    ...{ name, role, address, instanceId: id, instanceType: 't3a.medium', state: 'running' },
    report: report as Record<string, unknown>,
  })
  const nodes = [
    node('star0001-ctl1', 'controller', 'i-1', ctl1, reports.one),
    node('star0001-ctl2', 'controller', 'i-2', ctl2, reports.two),
    node('instance-1', 'host', 'i-3', '172.31.0.13', reports.all),
    node('instance-2', 'host', 'i-4', '172.31.0.14', reports.some),
  ] as [NodeInspection, NodeInspection, NodeInspection, NodeInspection]
  const disks: Disk[] = [1, 2].map(n => ({
    ...{ name: `star0001-disk${n}`, volumeId: `vol-${n}`, state: 'in-use', sizeGiB: 10, type: 'io2', iops: 100 },
    attachments: [
      { instanceId: 'i-1', state: 'attached' },
      { instanceId: 'i-2', state: 'attached' },
    ],
  }))
  return { nodes, disks, ...reports }
}

test('an array that is as it was asked for has no problem', () => {
  const { nodes, disks } = array()

  expect(problemsOf(request, nodes, disks)).toEqual([])
})

test('after a takeover it is healthy too: it does not matter which controller is ACTIVE', () => {
  const { nodes, disks, one, two, all, some } = array()
  const list = one.luns
  Object.assign(one, {
    role: 'STANDBY',
    luns: [],
    pool: { ...one.pool, active: false },
    target: { ...one.target, alua: 'non-optimized' },
  })
  Object.assign(two, {
    role: 'ACTIVE',
    luns: list,
    pool: { ...two.pool, active: true },
    target: { ...two.target, alua: 'optimized' },
  })
  for (const lun of [...all.luns, ...some.luns])
    for (const path of lun[3]) path[1] = path[0] === ctl2 ? 'optimized' : 'non-optimized'

  expect(problemsOf(request, nodes, disks)).toEqual([])
})

describe('a problem is a sentence that names its node:', () => {
  type Array = ReturnType<typeof array>
  test.each<[string, (a: Array) => void, string | string[]]>([
    [
      'no instance',
      ({ nodes }) => Object.assign(nodes[3], { state: 'absent', report: undefined }),
      'instance-2: there is no such instance',
    ],
    [
      'a stopped one',
      ({ nodes }) => Object.assign(nodes[3], { state: 'stopped', report: undefined }),
      'instance-2: the instance is stopped',
    ],
    [
      'no fencing, although it was asked for',
      ({ two }) => Object.assign(two, { fencing: 'off' }),
      'star0001-ctl2: fencing is off, although it was asked for',
    ],
    [
      'no answer',
      ({ nodes }) => Object.assign(nodes[3], { failure: 'no agent\nmore', report: undefined }),
      'instance-2: no agent',
    ],
    [
      'no readable answer',
      ({ nodes }) => Object.assign(nodes[2], { report: { name: 'x' } }),
      'instance-1: its report cannot be read: bootId: Invalid input: expected string, received undefined',
    ],
    ['no disk', ({ disks }) => disks.pop(), 'star0001-disk2: there is no such disk'],
    [
      'a disk that is not attached',
      ({ disks }) => disks[0]?.attachments.pop(),
      'star0001-ctl2: disk star0001-disk1 (vol-1) is not attached',
    ],
    [
      'a standby that is none',
      ({ two }) => Object.assign(two, { role: 'none' }),
      'star0001-ctl2: its role is none, not STANDBY',
    ],
    [
      'a partner out of sight',
      ({ one }) => one.cluster.online.pop(),
      'star0001-ctl1: the cluster does not see star0001-ctl2 online',
    ],
    [
      'a failed resource',
      ({ two }) => two.cluster.failures.push('STARorbit monitor'),
      'star0001-ctl2: the cluster reports a failure: STARorbit monitor',
    ],
    [
      'a target that does not serve',
      ({ two }) => Object.assign(two.target, { serving: false }),
      'star0001-ctl2: its target does not serve',
    ],
    [
      'a target without a LUN',
      ({ two }) => Object.assign(two.target, { luns: 1 }),
      'star0001-ctl2: its target has 1 LUNs, not 2',
    ],
    [
      'the wrong ALUA state',
      ({ two }) => Object.assign(two.target, { alua: null }),
      'star0001-ctl2: its ALUA state is unknown, not non-optimized',
    ],
    [
      'a LUN of another size',
      ({ one }) => Object.assign(one.luns[1] ?? [], { 2: 512 }),
      'star0001-ctl1: LUN1 has 512 MiB, not 1024',
    ],
    [
      'a LUN too many',
      ({ one }) => one.luns.push(['LUN7', wwid(7), 4, 0]),
      'star0001-ctl1: the pool has LUN7, which nobody asked for',
    ],
    [
      'a LUN that was never proven',
      ({ one }) => Object.assign(one.luns[0] ?? [], { 3: 1 }),
      'star0001-ctl1: LUN0 has not been proven yet',
    ],
    ['a LUN that a host misses', ({ all }) => all.luns.shift(), 'instance-1: does not see LUN0'],
    [
      'a LUN that a host may not see',
      ({ some, all }) => some.luns.push(all.luns[0] as never),
      'instance-2: sees LUN0, which it may not',
    ],
    [
      'a LUN with another identity',
      ({ all }) => Object.assign(all.luns[0] ?? [], { 1: wwid(9) }),
      `instance-1: LUN0 has the WWID ${wwid(9)}, but it is ${wwid(0)} on star0001-ctl1`,
    ],
    [
      'a LUN with another size',
      ({ all }) => Object.assign(all.luns[0] ?? [], { 2: 1020 }),
      'instance-1: LUN0 has 1020 MiB, not 1024',
    ],
    [
      'a path that is missing',
      ({ all }) => all.luns[0]?.[3].pop(),
      'instance-1: LUN0 has 0 paths through star0001-ctl2, not 1',
    ],
    [
      'a path too many',
      ({ all }) => all.luns[0]?.[3].push([ctl1, 'optimized', 'active']),
      'instance-1: LUN0 has 2 paths through star0001-ctl1, not 1',
    ],
    [
      'a path that failed',
      ({ all }) => Object.assign(all.luns[0]?.[3][1] ?? [], { 2: 'failed' }),
      'instance-1: the path of LUN0 through star0001-ctl2 is failed',
    ],
    [
      'a detour that looks like the short way',
      ({ all }) => Object.assign(all.luns[0]?.[3][1] ?? [], { 1: 'optimized' }),
      'instance-1: the path of LUN0 through star0001-ctl2 is optimized, not non-optimized',
    ],
    [
      'a path to a stranger',
      ({ all }) => all.luns[0]?.[3].push(['10.0.0.9', 'optimized', 'active']),
      'instance-1: LUN0 has a path through 10.0.0.9, which is no controller of this array',
    ],
  ])('%s', (_, break_, sentence) => {
    const broken = array()
    break_(broken)

    expect(problemsOf(request, broken.nodes, broken.disks)).toEqual([sentence].flat())
    for (const { remedy } of findingsOf(request, broken.nodes, broken.disks)) {
      expect(remedy).toMatch(/\bstar (start|up|shell)\b|build the array anew|report it/)
    }
  })

  test('a pool on no controller, and one on both', () => {
    const none = array()
    none.one.pool.active = false
    const both = array()
    both.two.pool.active = true

    expect(problemsOf(request, none.nodes, none.disks)).toContain(
      'star0001-ctl1 and star0001-ctl2: the pool is not active',
    )
    expect(problemsOf(request, both.nodes, both.disks)).toContain(
      'star0001-ctl1 and star0001-ctl2: the pool is active on both at once',
    )
  })

  test('a LUN that the pool lost', () => {
    const lost = array()
    lost.one.luns.shift()

    expect(problemsOf(request, lost.nodes, lost.disks)).toContain('star0001-ctl1: the pool has no LUN0')
  })

  test('a new LUN that no host may see is none', () => {
    const { nodes, disks, one } = array()
    Object.assign(one.luns[0] ?? [], { 3: 1 })
    const blind = acceptRequest({ luns: [{ size: '1G', count: 2 }], hosts: [{ luns: ['LUN1'] }] })
    const [first, second, , some] = nodes

    expect(problemsOf(blind, [first, second, { ...some, name: 'instance-1' }], disks)).toEqual([])
  })
})
