import { describe, expect, it } from 'vitest'
import { planLines } from '../../cli/plan.ts'
import { hoursPerMonth, instanceTypes, volumeMonthly } from '../../functions/shared/catalog.ts'
import { costOf, planOf, warningsOf } from '../../functions/shared/plan.ts'
import { acceptRequest } from '../../functions/shared/request.ts'

describe('plan', () => {
  it('counts what the reference configuration makes', () => {
    const plan = planOf(acceptRequest({}))
    expect(plan.nodes.map(node => node.name)).toEqual(['star0001-ctl1', 'star0001-ctl2', 'instance-1'])
    expect(plan.luns).toHaveLength(6)
    expect(plan.paths).toBe(12)
    // 2 disks of 2560 extents, less one each; 6 x 3072 MiB and the one extent of HD140283.
    expect(plan.pool).toEqual({ sizeMiB: 20_472, usedMiB: 18_436 })
  })

  it('counts the paths of a host that sees a part of the LUNs', () => {
    const plan = planOf(acceptRequest({ hosts: [{ luns: ['LUN0'] }, { luns: 'all' }] }))
    expect(plan.paths).toBe(2 + 12)
  })

  it('bills two disks of 10 GiB with 100 IOPS at $17.64 a month, and 3,000 IOPS each at $447', () => {
    expect(2 * volumeMonthly('io2', 10, 100)).toBeCloseTo(17.64, 2)
    expect(2 * volumeMonthly('io2', 10, 3000)).toBeCloseTo(446.84, 2)
  })

  it('bills IOPS above the first tier at that tier, not all of them', () => {
    const below = volumeMonthly('io2', 100, 32_000)
    expect(volumeMonthly('io2', 100, 32_001) - below).toBeLessThan(0.074)
    expect(volumeMonthly('io2', 100, 32_001)).toBeGreaterThan(below)
  })

  it('goes on billing disks while the instances are stopped', () => {
    const cost = costOf(acceptRequest({}))
    expect(cost.stoppedMonthly).toBeCloseTo(17.64 + 3 * 10 * 0.096, 2)
    const instances = 3 * ((instanceTypes['t3a.medium']?.hourly ?? 0) + 0.005)
    expect(cost.runningMonthly).toBeCloseTo(cost.stoppedMonthly + instances * hoursPerMonth, 2)
    expect(cost.runningHourly).toBeCloseTo((cost.runningMonthly ?? 0) / hoursPerMonth, 6)
  })

  it('does not make up a price', () => {
    const request = acceptRequest({ hosts: [{ instanceType: 'm9z.large' }] })
    expect(costOf(request).runningHourly).toBeNull()
    expect(warningsOf(request)).toEqual(['no price and no EBS figures are known here for m9z.large'])
  })

  it.each([
    [{ count: 2, iops: 1000 }, undefined],
    [{ count: 2, iops: 1001 }, /give 2002; .* keeps up 2000 \(EBS baseline\)/],
    [{ count: 4, iops: 3000 }, /never reaches more than 11800/],
  ])('holds disks %j against a t3a.medium', (disks, warning) => {
    const warnings = warningsOf(acceptRequest({ disks }))
    if (warning) expect(warnings).toEqual([expect.stringMatching(warning)])
    else expect(warnings).toEqual([])
  })

  it('is not satisfied by a host with much EBS: the ACTIVE controller is what counts', () => {
    const request = acceptRequest({ disks: { iops: 3000 }, hosts: [{ instanceType: 'm5.2xlarge' }] })
    expect(warningsOf(request)[0]).toMatch(/a t3a.medium/)
  })

  it('says every part in its lines', () => {
    const text = planLines(planOf(acceptRequest({ disks: { iops: 3000 } }))).join('\n')
    for (const part of [
      'star0001-ctl2',
      '3000 IOPS each',
      'LUN0 … LUN5',
      '12 paths',
      'running',
      'stopped',
      'warning:',
    ]) {
      expect(text).toContain(part)
    }
  })
})
