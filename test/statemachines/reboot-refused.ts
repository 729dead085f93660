/** What reboot-nodes refuses, reason by reason, and how far force goes. */
import { TerminateInstancesCommand } from '@aws-sdk/client-ec2'
import type { Context } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { handler as planReboot } from '../../functions/plan-reboot.ts'
import { handler as planStop } from '../../functions/plan-stop.ts'
import { updateRecord } from '../../functions/shared/record.ts'
import { look, machineOf, openLab, worksOf } from './array-lab.ts'
import { ctl1, ctl2, eachPath, host, openRebootLab, type RebootLab } from './reboot-lab.ts'

const NEVER = ' (force does not help)'
const clusterOf = ({ lab }: RebootLab) => lab.nodes.sims.get('star0001')?.cluster

/** The address of node 1, as hosts report it. */
const addressOf = async ({ lab }: RebootLab, name: string) =>
  (await look(lab)).nodes.find(node => node.name === name)?.address

type Break = (lab: RebootLab) => unknown

/** These cost redundancy: by force it goes on. */
const forceable: [string, Break, string[]][] = [
  [
    'STANDBY is not in the cluster, and a host is off',
    lab => {
      clusterOf(lab)?.stop(ctl2)
      lab.lab.machines.cut(machineOf(lab.lab, host).id)
    },
    [
      `${ctl1}: the cluster does not see ${ctl2} online`,
      `${ctl2}: its role is none, not STANDBY`,
      `${ctl2}: its target does not serve`,
      `${host}: the instance is stopped`,
    ],
  ],
  [
    'a path through STANDBY is missing on a host',
    ({ lab, lie }) => {
      const { bootId } = machineOf(lab, ctl2)
      lie('inspect-host', report => {
        // Its reboot brings it back.
        if (machineOf(lab, ctl2).bootId === bootId) report.luns[2][3][1][2] = 'failed'
      })
    },
    [`${host}: the path of LUN2 through ${ctl2} is failed`],
  ],
  [
    'it is not known whether fencing is on',
    ({ lie }) => lie('inspect-controller', report => Object.assign(report, { fencing: 'unknown' })),
    [ctl1, ctl2].map(name => `${name}: fencing is unknown, although it was asked for`),
  ],
  [
    'an addition of LUNs has not ended',
    async ({ lie }) => {
      await updateRecord('star0001', () => ({ adding: { after: 5, print: 'x' } }))
      lie('inspect-controller', report => {
        if (report.pool.active) report.luns[5][3] = 1
      })
    },
    [
      'star0001: the addition of LUN5 has not ended: ask for it again, or use star up',
      `${ctl1}: LUN5 has not been proven yet`,
    ],
  ],
  ['a host is off', ({ lab }) => lab.machines.cut(machineOf(lab, host).id), [`${host}: the instance is stopped`]],
  [
    'the pool has a LUN that nobody asked for',
    ({ lie }) =>
      lie('inspect-controller', report => report.pool.active && report.luns.push(['extra', '36001405x', 100, 0])),
    [`${ctl1}: the pool has extra, which nobody asked for`],
  ],
]

/** These cost service, or nobody can tell: never. */
const never: [string, Break, string[]][] = [
  [
    'a controller is off, and a host does not answer',
    ({ lab }) => {
      lab.machines.cut(machineOf(lab, ctl2).id)
      Object.assign(machineOf(lab, host), { onlineAt: Number.POSITIVE_INFINITY })
    },
    [`${ctl2}: the instance is stopped${NEVER}`],
  ],
  [
    'both controllers are off',
    ({ lab }) => {
      for (const name of [ctl1, ctl2]) lab.machines.cut(machineOf(lab, name).id)
    },
    [ctl1, ctl2].map(name => `${name}: the instance is stopped${NEVER}`),
  ],
  [
    'a controller is gone',
    ({ lab }) => lab.cloud.ec2.send(new TerminateInstancesCommand({ InstanceIds: [machineOf(lab, ctl2).id] })),
    [`${ctl2}: there is no such instance${NEVER}`],
  ],
  [
    'a host does not answer',
    ({ lab }) => Object.assign(machineOf(lab, host), { onlineAt: Number.POSITIVE_INFINITY }),
    [expect.stringMatching(`^${host}: waited 20 s for the agent.*${NEVER.replace(/[()]/g, '.')}$`)],
  ],
  [
    'no controller is ACTIVE',
    ({ lie }) => lie('inspect-controller', report => Object.assign(report.pool, { active: false })),
    [`${ctl1} and ${ctl2}: neither is ACTIVE${NEVER}`],
  ],
  [
    'both controllers are ACTIVE',
    ({ lie }) => lie('inspect-controller', report => Object.assign(report.pool, { active: true })),
    [`${ctl1} and ${ctl2}: both are ACTIVE at once${NEVER}`],
  ],
  [
    'a host reaches a LUN through STANDBY alone',
    async lab => {
      const address = await addressOf(lab, ctl1)
      const fail = eachPath((path, lun) => path[0] === address && lun === 'STAR-LUN4' && path.splice(2, 1, 'failed'))
      lab.lie('inspect-host', fail)
    },
    [
      `${host}: LUN4 has no working path through ${ctl1}, which is ACTIVE${NEVER}`,
      `${host}: the path of LUN4 through ${ctl1} is failed`,
    ],
  ],
]

export function whatIsRefused(): void {
  describe('refuses before it touches anything, and says why:', () => {
    test.each([...forceable, ...never])('%s', async (_, breakIt, reasons) => {
      const lab = await openRebootLab()
      await breakIt(lab)

      const { error, cause } = await lab.reboot()

      expect(error).toBe('NotReady')
      expect(cause?.split('\n')).toEqual(expect.arrayContaining(reasons))
      expect(worksOf(lab.lab)).toEqual([])
    })

    test('every reason there is, not only the first', async () => {
      const { lab, lie, reboot } = await openRebootLab()
      lab.machines.cut(machineOf(lab, ctl2).id)
      lie('inspect-host', report => report.luns.pop())

      const reasons = (await reboot()).cause?.split('\n') ?? []

      expect(reasons[0]).toBe(`${ctl2}: the instance is stopped${NEVER}`)
      expect(reasons).toContain(`${host}: does not see LUN5`)
      expect(new Set(reasons).size).toBe(reasons.length)
    })
  })

  describe('by force', () => {
    test.each(forceable)('it goes on although %s', async (_, breakIt) => {
      const lab = await openRebootLab()
      await breakIt(lab)

      expect(await lab.reboot({ force: true })).toMatchObject({ status: 'SUCCEEDED' })
      expect(clusterOf(lab)?.active()).toBe(ctl2)
    })

    test.each(never)('it refuses still where %s', async (_, breakIt, reasons) => {
      const lab = await openRebootLab()
      await breakIt(lab)

      const { error, cause } = await lab.reboot({ force: true })

      expect(error).toBe('NotReady')
      expect(cause?.split('\n')).toEqual(expect.arrayContaining(reasons))
      expect(worksOf(lab.lab)).toEqual([])
    })

    test('a path that the reboot does not bring back stops it at the gate', async () => {
      const { lab, lie, reboot } = await openRebootLab()
      lie('inspect-host', report => report.luns[2][3][1].splice(2, 1, 'failed'))

      expect(await reboot({ force: true })).toMatchObject({
        error: 'DeadlineExceeded',
        cause: expect.stringContaining(`Missing:\n${host}: the path of LUN2 through ${ctl2} is failed`),
      })
      expect(worksOf(lab)).toEqual([`stop-cluster ${ctl2}`, `REBOOT ${ctl2}`])
    })
  })

  test('where there are too many paths to be reported, one problem is one too many, by force too', async () => {
    const { lab } = await openRebootLab()
    const whole = await look(lab)
    const nodes = whole.nodes.map(node => (node.role === 'host' ? { ...node, report: undefined } : node))
    const plan = (problems: string[]) =>
      planReboot({ inspection: { ...whole, nodes, problems, cut: true }, force: true }, {} as Context)

    await expect(plan(['something'])).rejects.toThrow('star0001: there are too many paths to tell')
    expect(await plan([])).toMatchObject({ rebooted: [ctl2, ctl1] })
    const stop = await planStop({ inspection: { ...whole, nodes, cut: true }, force: false }, {} as Context)
    expect(stop.hosts.runs).toMatchObject([{ document: 'STAR-quiesce-host', node: host }])
  })

  test('an array that was never completed is not rebooted', async () => {
    const lab = openLab({ replies: { 'attach-host': () => ({ exitCode: 1 }) } })
    await lab.run('provision-array', { keepOnFailure: true })

    const { error, cause } = await lab.run('reboot-nodes', { array: 'star0001', force: true })

    expect(error).toBe('NotReady')
    expect(cause).toContain(`star0001: it was never completed: star up completes it${NEVER}`)
  })
}
