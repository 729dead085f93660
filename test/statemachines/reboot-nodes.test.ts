/** reboot-nodes: the order, the gates, every way to fail, and what the next run makes of it. What it refuses is in reboot-refused.ts. */
import { describe, expect, test } from 'vitest'
import { breaker, killedAt, lockOf, look, machineOf, openLab, seen, worksOf } from './array-lab.ts'
import { untried } from './coverage.ts'
import { failing } from './lab.ts'
import { locksAndEnds } from './operation-end.ts'
import { ctl1, ctl2, eachPath, host, openRebootLab, type RebootLab } from './reboot-lab.ts'
import { whatIsRefused } from './reboot-refused.ts'

const done = { status: 'SUCCEEDED', output: { array: 'star0001', changed: true } }
const inOrder = (first: string, second: string) => [
  `stop-cluster ${first}`,
  `REBOOT ${first}`,
  `hand-over ${second}`,
  `stop-cluster ${second}`,
  `REBOOT ${second}`,
]

describe('a healthy array', () => {
  test('is rebooted STANDBY first, then handed over, then the other; ACTIVE is the one that was STANDBY', async () => {
    const { lab, reboot, bootIds } = await openRebootLab()
    const before = bootIds()

    const result = await reboot()

    expect(result).toMatchObject({ ...done, output: { rebooted: [ctl2, ctl1], active: ctl2 } })
    expect(worksOf(lab)).toEqual(inOrder(ctl2, ctl1))
    for (const [i, bootId] of bootIds().entries()) expect(bootId).not.toBe(before[i])
    expect(await look(lab)).toMatchObject({ healthy: true })
    expect(lab.nodes.sims.get('star0001')?.cluster.active()).toBe(ctl2)
    expect(lockOf(lab)).toBeUndefined()
  })

  test('begins with node 1 where node 2 is ACTIVE, and can be rebooted again', async () => {
    const { lab, reboot } = await openRebootLab()
    await reboot()
    lab.nodes.ran.length = 0

    expect(await reboot()).toMatchObject({ output: { rebooted: [ctl1, ctl2], active: ctl1 } })
    expect(worksOf(lab)).toEqual(inOrder(ctl1, ctl2))
  })

  test('leaves every host one working path to each LUN at every moment it is looked at', async () => {
    const { lab, lie, reboot } = await openRebootLab({}, { hosts: [{}, { luns: ['LUN3'] }] })
    const up: number[] = []
    lie('inspect-host', report => {
      for (const [, , , paths] of report.luns) up.push(paths.filter((path: string[]) => path[2] === 'active').length)
    })

    expect(await reboot()).toMatchObject(done)
    expect(up.length).toBeGreaterThan(7 * 4)
    expect(Math.min(...up)).toBe(1)
    expect(lab.nodes.names().filter(name => name === 'inspect-host instance-2').length).toBeGreaterThan(3)
  })

  test('waits until a controller that answers again is one that has rebooted', async () => {
    let asked = 0
    const { lab, reboot, bootIds }: RebootLab = await openRebootLab({
      faults: {
        // EC2 takes the call; the machine goes down a while later.
        RebootInstances: ({ InstanceIds }) => {
          asked++
          const [id = ''] = InstanceIds as string[]
          lab.clock.sleep(30_000).then(() => lab.machines.reboot(id))
          return {}
        },
      },
    })
    const before = bootIds()

    expect(await reboot()).toMatchObject(done)
    expect(asked).toBe(2)
    expect(bootIds().filter(id => before.includes(id))).toEqual([])
  })
})

describe('a gate that does not open stops the workflow, the other controller untouched, and says what is missing:', () => {
  test('a path of a host, after the first reboot', async () => {
    const { lab, lie, reboot, bootIds } = await openRebootLab()
    const [active, standby] = bootIds()
    lie('inspect-host', (report, name) => {
      if (machineOf(lab, ctl2).bootId === standby) return
      expect(name).toBe(host)
      report.luns[3][3][1][2] = 'failed'
    })
    const since = lab.clock.now()

    const result = await reboot()

    expect(result.error).toBe('DeadlineExceeded')
    expect(result.cause).toBe(
      `waited 600 s for everything to be back after the reboot of ${ctl2}; ${ctl1} was not rebooted. Missing:\n` +
        `${host}: the path of LUN3 through ${ctl2} is failed`,
    )
    expect(lab.clock.now() - since).toBeGreaterThan(600_000)
    expect(worksOf(lab)).toEqual(inOrder(ctl2, ctl1).slice(0, 2))
    expect(bootIds()[0]).toBe(active)
    expect(lockOf(lab)).toBeUndefined()
    lie('inspect-host')
    expect(await reboot()).toMatchObject(done)
  })

  test('the reboot itself', async () => {
    const { lab, reboot } = await openRebootLab({ faults: { RebootInstances: () => ({}) } })

    const { cause } = await reboot()

    expect(cause).toContain(`Missing:\n${ctl2}: it has not rebooted\n`)
    expect(worksOf(lab)).toEqual(inOrder(ctl2, ctl1).slice(0, 2))
  })

  test('the exchange of roles', async () => {
    const { lab, reboot } = await openRebootLab({ replies: { 'hand-over': () => ({ stdout: '{"changed":[]}' }) } })

    const { error, cause } = await reboot()

    expect(error).toBe('DeadlineExceeded')
    expect(cause).toContain(`after ${ctl2} took over; ${ctl1} was not rebooted. Missing:\n${ctl2}: it is not ACTIVE`)
    expect(worksOf(lab)).toEqual(inOrder(ctl2, ctl1).slice(0, 2))
  })

  test('a controller that does not come back from the second reboot', async () => {
    const { reboot, lab }: RebootLab = await openRebootLab({
      faults: {
        RebootInstances: (_, count) => {
          if (count === 1) return undefined
          Object.assign(machineOf(lab, ctl1), { onlineAt: Number.POSITIVE_INFINITY })
          return {}
        },
      },
    })

    const { cause } = await reboot()

    expect(cause).toMatch(
      new RegExp(`^waited 600 s for everything to be back after the reboot of ${ctl1}. Missing:\n${ctl1}: `),
    )
    expect(cause).toContain(`${ctl2}: the cluster does not see ${ctl1} online`)
  })

  test('a long list is cut', async () => {
    const { lab, lie, reboot, bootIds } = await openRebootLab({}, { luns: [{ count: 30, size: '100M' }] })
    const [, standby] = bootIds()
    const fail = eachPath(path => path.splice(2, 1, 'failed'))
    lie('inspect-host', (report, name) => machineOf(lab, ctl2).bootId !== standby && fail(report, name))

    expect((await reboot()).cause?.split('\n').slice(20)).toEqual([expect.any(String), '(and 40 more)'])
  })
})

describe('a controller that a run which was cut off left', () => {
  const ways: [string, (lab: RebootLab) => unknown][] = [
    ['without its cluster', ({ lab }) => lab.nodes.sims.get('star0001')?.cluster.stop(ctl2)],
    ['off', ({ lab }) => lab.machines.cut(machineOf(lab, ctl2).id)],
    ['in the middle of a boot', ({ lab }) => lab.machines.reboot(machineOf(lab, ctl2).id)],
  ]
  const back = [`start-cluster ${ctl2}`, ...inOrder(ctl2, ctl1)]

  test.each(ways)('%s is brought back first, then both are rebooted', async (_, leave) => {
    const lab = await openRebootLab({ driver: { bootMs: 60_000 } })
    await leave(lab)

    expect(await lab.reboot()).toMatchObject(done)
    expect(worksOf(lab.lab)).toEqual(back)
  })

  test('by force is left to its reboot, where that is all it takes; one that is off is started', async () => {
    for (const [name, leave] of ways.slice(0, 2)) {
      const lab = await openRebootLab()
      await leave(lab)

      expect(await lab.reboot({ force: true })).toMatchObject(done)
      expect(worksOf(lab.lab)).toEqual(name === 'off' ? back : back.slice(1))
    }
  })

  test('and that does not come back is the cause, and nothing is rebooted', async () => {
    const lab = await openRebootLab({ replies: { 'start-cluster': (_, n) => (n > 3 ? { exitCode: 1 } : undefined) } })
    ways[0]?.[1](lab)

    expect(await lab.reboot()).toMatchObject({
      error: 'DocumentFailed',
      cause: expect.stringMatching(`^STAR-start-cluster on ${ctl2}: `),
    })
    expect(worksOf(lab.lab)).toEqual([])
    expect(lockOf(lab.lab)).toBeUndefined()
  })

  test('may not even be looked for: then that is the cause', async () => {
    const { lab, reboot } = await openRebootLab({ crashes: { 'plan-return': failing('Lambda.Unknown', 'crashed') } })

    expect(await reboot()).toMatchObject({ error: 'Lambda.Unknown', cause: 'crashed' })
    expect(worksOf(lab)).toEqual([])
  })

  test('does not stand for what else is missing once it is back', async () => {
    const lab = await openRebootLab()
    ways[0]?.[1](lab)
    lab.lie('inspect-host', report => report.luns[2][3][1].splice(2, 1, 'failed'))

    const { error, cause } = await lab.reboot()

    expect(error).toBe('DeadlineExceeded')
    expect(cause).toBe(
      `waited 600 s for everything to be back after ${ctl2} came back; nothing else was done. Missing:\n` +
        `${host}: the path of LUN2 through ${ctl2} is failed`,
    )
    expect(worksOf(lab.lab)).toEqual([`start-cluster ${ctl2}`])
  })
})

describe('half-way', () => {
  test.each([
    ['stop-cluster', 1],
    ['hand-over', 1],
    ['stop-cluster', 2],
  ] as const)(
    '%s that fails (call %i) is the cause; the array is whole again, and the next run works',
    async (document, call) => {
      const { lab, reboot } = await openRebootLab({
        replies: { [document]: (_, count) => (count === call ? { exitCode: 1, stderr: 'stuck\n' } : undefined) },
      })

      const failed = await reboot()

      expect(failed.cause).toMatch(new RegExp(`^STAR-${document} on .*: Failed, exit status 1\nstuck\n`))
      expect(await look(lab)).toMatchObject({ healthy: true })
      expect(lockOf(lab)).toBeUndefined()
      expect(await reboot()).toMatchObject(done)
    },
  )

  test.each([1, 2])('RebootInstances that fails (call %i) leaves no controller without its cluster', async call => {
    const { lab, reboot } = await openRebootLab({
      faults: {
        RebootInstances: (_, count) => (count === call ? failing('InternalError', 'EC2 is unwell')() : undefined),
      },
    })

    expect(await reboot()).toMatchObject({ error: 'InternalError', cause: 'EC2 is unwell' })
    expect(worksOf(lab).at(-1)).toBe(`start-cluster ${call === 1 ? ctl2 : ctl1}`)
    expect(await look(lab)).toMatchObject({ healthy: true })
    expect(await reboot()).toMatchObject(done)
  })

  test.each([1, 2])('an undo that fails is told beside the first cause (reboot %i)', async call => {
    const { reboot } = await openRebootLab({
      faults: { RebootInstances: (_, count) => (count === call ? failing('InternalError', 'unwell')() : undefined) },
      replies: { 'start-cluster': (_, count) => (count > 3 ? { exitCode: 1, stderr: 'no quorum\n' } : undefined) },
    })

    const { error, cause } = await reboot()

    expect(error).toBe('InternalError')
    expect(cause).toMatch(/^unwell\nand then the undo failed: DocumentFailed: STAR-start-cluster on .*\nno quorum/)
  })

  test('any look at EC2 may fail: after that the array is healthy, and the next run works', async () => {
    const fault = breaker()
    const looks = () => (fault.trips() ? failing('InternalError')() : undefined)
    for (let n = 1; ; n += 5) {
      const { lab, reboot } = await openRebootLab({ faults: { DescribeInstances: looks, DescribeVolumes: looks } })
      fault.arm(n)
      const { status } = await reboot()
      if (fault.armed()) {
        expect(n).toBeGreaterThan(15)
        break
      }
      expect([n, status, lockOf(lab)]).toEqual([n, 'FAILED', undefined])
      expect(await reboot()).toMatchObject(done)
    }
  })

  test('killed at any of its steps, the next run brings the array back and reboots both', async () => {
    const first = await openRebootLab()
    const before = seen.length
    await first.reboot()
    const steps = seen.slice(before).filter(({ kind }) => kind === 'state-entered').length
    for (let step = 3; step < steps; step += Math.ceil(steps / 12)) {
      const { lab, reboot } = await openRebootLab()
      expect([step, await killedAt(lab, step, 'reboot-nodes', { array: 'star0001' })]).toEqual([step, 'ABORTED'])
      const next = await reboot()
      expect([step, next.error, next.cause]).toEqual([step, undefined, undefined])
      expect(await look(lab)).toMatchObject({ healthy: true })
    }
  })

  test('an instance that somebody stopped meanwhile is not rebooted', async () => {
    const { lab, reboot }: RebootLab = await openRebootLab({
      crashes: { 'reboot-instance': () => lab.machines.cut(machineOf(lab, ctl2).id) },
    })

    const { error, cause } = await reboot()

    expect(error).toBe('CloudRefused')
    expect(cause).toMatch(new RegExp(`^${ctl2} cannot be rebooted: it is stopped\nand then the undo failed: `))
    expect(worksOf(lab)).toEqual([`stop-cluster ${ctl2}`])
  })
})

whatIsRefused()

describe('before anything is touched', () => {
  test('an input with an unknown field is refused', async () => {
    expect(await openLab().run('reboot-nodes', { array: 'star0001', now: true })).toMatchObject({
      error: 'RequestRejected',
    })
  })

  test('an array that is not there is named', async () => {
    expect(await openLab().run('reboot-nodes', { array: 'star0001' })).toMatchObject({ error: 'NoSuchArray' })
  })

  test('a change under way makes it busy', async () => {
    const lab = openLab()
    const first = lab.run('provision-array', {})
    await lab.clock.sleep(10_000)

    expect(await lab.run('reboot-nodes', { array: 'star0001' })).toMatchObject({ error: 'ArrayBusy' })
    expect(await first).toMatchObject({ status: 'SUCCEEDED' })
  })

  locksAndEnds('reboot-nodes', async options => (await openRebootLab(options)).reboot)
})

test('no state, no catch and no retry was left out', () => {
  expect(untried(seen, 'reboot-nodes.test.ts')).toEqual({ states: [], catches: [], retries: [] })
})
