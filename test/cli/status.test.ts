import { describe, expect, it } from 'vitest'
import { statusLines, statusRows, viewOf } from '../../cli/status-view.ts'
import type { Inspection, NodeInspection } from '../../functions/shared/inspection.ts'
import { NOT_FENCED } from '../../functions/shared/request.ts'

const addresses = { 'a1-ctl1': '172.31.0.11', 'a1-ctl2': '172.31.0.12', 'instance-1': '172.31.0.21' }
const wwid = (n: number) => `36001405${String(n).repeat(25)}`

function controller(name: 'a1-ctl1' | 'a1-ctl2', role: 'ACTIVE' | 'STANDBY'): NodeInspection {
  const active = role === 'ACTIVE'
  return {
    ...node(name, 'controller'),
    report: {
      changed: [],
      name,
      role,
      fencing: 'on',
      cluster: { online: ['a1-ctl1', 'a1-ctl2'], promoted: ['a1-ctl1'], unpromoted: ['a1-ctl2'], failures: [] },
      pool: { active, owner: 'a1-ctl1', sizeMiB: 20_472, freeMiB: 14_324 },
      luns: active ? [0, 1].map(n => [`LUN${n}`, wwid(n), 3072, 0]) : [],
      target: {
        serving: true,
        luns: 2,
        alua: active ? 'optimized' : 'non-optimized',
        sessions: ['iqn.host', 'iqn.own'],
      },
      bootId: 'b',
    },
  }
}

function node(name: keyof typeof addresses, role: 'controller' | 'host'): NodeInspection {
  return { name, role, instanceId: `i-${name}`, instanceType: 't3a.medium', address: addresses[name], state: 'running' }
}

function hostReport(paths: string[][]) {
  const luns = [0, 1].map(n => [`STAR-LUN${n}`, wwid(n), 3072, paths])
  return { changed: [], name: 'instance-1', bootId: 'b', luns, sessions: ['x', 'y'] }
}

function host(states: [string, string]): NodeInspection {
  const paths = [
    [addresses['a1-ctl1'], 'optimized', states[0]],
    [addresses['a1-ctl2'], 'non-optimized', states[1]],
  ]
  return { ...node('instance-1', 'host'), report: hostReport(paths) }
}

const inspection = (nodes: NodeInspection[], problems: string[] = []): Inspection => ({
  array: 'a1',
  state: 'ready',
  power: nodes.every(({ state }) => state === 'stopped') ? 'stopped' : 'running',
  healthy: problems.length === 0,
  fencing: { method: 'power', state: 'on' },
  problems,
  request: { array: 'a1', luns: [{ count: 2 }] },
  nodes,
  disks: [
    { name: 'a1-disk1', volumeId: 'vol-1', state: 'in-use', sizeGiB: 10, type: 'io2', iops: 100, attachments: [] },
  ],
})

const well = inspection([controller('a1-ctl1', 'ACTIVE'), controller('a1-ctl2', 'STANDBY'), host(['active', 'active'])])
const broken = inspection(
  [controller('a1-ctl1', 'ACTIVE'), { ...node('a1-ctl2', 'controller'), state: 'stopped' }, host(['active', 'failed'])],
  ['a1-ctl2: the instance is stopped', 'instance-1: the path of LUN0 through a1-ctl2 is failed'],
)

describe('star status', () => {
  it('sums up a healthy array in its first line, and says how the controllers are fenced', () => {
    const [first, second] = statusLines(well)
    expect(first).toBe('a1: healthy: 2 controllers, 1 host, 2 LUNs, 4 of 4 paths')
    expect(second).toBe('fencing: on (power)')
    const off = statusLines({ ...well, fencing: { method: NOT_FENCED, state: 'off' } })
    expect(off[1]).toBe('fencing: off (none, data may be destroyed): a split brain would have two writers')
    const rows = statusRows({ ...well, fencing: { method: 'power', state: 'unknown' } })
    expect(rows).toContainEqual(['fencing', 'unknown', 'power'])
  })

  it('shows who is ACTIVE, and each path of each LUN by the name of its controller', () => {
    const text = statusLines(well).join('\n')
    expect(text).toMatch(
      /a1-ctl1 +ACTIVE +running +172\.31\.0\.11 +Online +target serves 2 LUNs +optimized +2 sessions/,
    )
    expect(text).toMatch(/a1-ctl2 +STANDBY /)
    expect(text).toMatch(/LUN1 +a1-ctl1 +optimized +active +a1-ctl2 +non-optimized +active/)
    expect(text).toMatch(/pool STARpool: on a1-ctl1, 20\.0 GiB, 14\.0 GiB free/)
    expect(text).not.toMatch(/problems/)
  })

  it('counts only paths that work, and shows what is wrong before the rest', () => {
    const lines = statusLines(broken)
    expect(lines[0]).toBe('a1: NOT HEALTHY: 2 controllers, 1 host, 2 LUNs, 2 of 4 paths')
    expect(lines.slice(3, 6)).toEqual(['', 'problems', '  a1-ctl2: the instance is stopped'])
    expect(lines.join('\n')).toMatch(/a1-ctl2 +\? +stopped/)
  })

  it('gives a program the same facts in rows', () => {
    const rows = statusRows(broken)
    expect(rows[0]).toEqual(['array', 'a1', 'not-healthy', 'ready'])
    expect(rows).toContainEqual(['summary', '2 controllers, 1 host, 2 LUNs, 2 of 4 paths'])
    expect(rows).toContainEqual(['lun', 'LUN0', '3072', wwid(0)])
    expect(rows).toContainEqual(['path', 'instance-1', 'LUN1', 'a1-ctl2', 'non-optimized', 'failed'])
    expect(rows.filter(([kind]) => kind === 'problem')).toHaveLength(2)
    for (const row of rows) expect(row.join('')).not.toMatch(/[\t\n]/)
  })

  it('says of a stopped array just that, and where its machines and disks are', () => {
    const nodes = well.nodes.map(({ report: _, ...rest }) => ({ ...rest, state: 'stopped' }))
    const lines = statusLines(inspection(nodes))
    expect(lines[0]).toBe('a1: stopped')
    expect(lines.join('\n')).not.toMatch(/fencing|problems|HEALTHY|paths/)
    expect(lines.join('\n')).toMatch(/a1-ctl1 +\? +stopped/)
    expect(statusRows(inspection(nodes))[0]).toEqual(['array', 'a1', 'stopped', 'ready'])
  })

  it('shows an array none of whose nodes could be asked', () => {
    const nodes = well.nodes.map(({ report: _, ...rest }) => ({ ...rest, failure: 'waited 60 s for its agent\nmore' }))
    expect(viewOf(inspection(nodes)).pathsUp).toBe(0)
    expect(statusLines(inspection(nodes, ['x'])).join('\n')).toMatch(
      /host instance-1, running, 172.31.0.21, waited 60 s for its agent/,
    )
  })

  it('says what the schedule will do next, in the time of its zone, and why where that is no matter of course', () => {
    const at = '2026-11-23T10:00:00.000Z'
    const because = 'it was started by hand'
    const request = { ...well.request, schedule: { stop: '0 19 * * *', timezone: 'Asia/Tokyo' } }
    expect(statusLines({ ...well, request, next: { action: 'stop', at } })).toContain(
      'next: stop at 2026-11-23 19:00 (Asia/Tokyo)',
    )
    const moved = { ...well, request, next: { action: 'stop' as const, at, because } }
    expect(statusLines(moved)).toContain('next: stop at 2026-11-23 19:00 (Asia/Tokyo); it was started by hand')
    expect(statusRows(moved)).toContainEqual(['next', 'stop', at, because])
    expect(statusLines(well).join('\n')).not.toMatch(/next:/)
  })

  it('leaves a path through a stranger as the address it has', () => {
    const nodes = [
      ...well.nodes.slice(0, 2),
      { ...node('instance-1', 'host'), report: hostReport([['172.31.9.9', 'optimized', 'active']]) },
    ]
    expect(viewOf(inspection(nodes)).paths.map(path => path.controller)).toEqual(['172.31.9.9', '172.31.9.9'])
  })
})
