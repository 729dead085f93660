/** check-array: what it finds on nodes that really or allegedly are broken, and that it changes nothing and waits for nobody. */
import { expect, test } from 'vitest'
import type { Check } from '../../functions/judge-array.ts'
import { START, UP } from '../../functions/shared/findings.ts'
import { takeLock } from '../../functions/shared/lock.ts'
import { recordExecution } from '../../infra/local/sfn.ts'
import { built, lockOf, machineOf, openLab, seen, worksOf } from './array-lab.ts'
import { untried } from './coverage.ts'
import { failing, type Lab, type LabOptions } from './lab.ts'
import { ctl1, ctl2, host, openRebootLab } from './reboot-lab.ts'

const array = 'star0001'

const run = (lab: Lab, input: object = {}) => lab.run('check-array', { array, ...input })
const check = async (lab: Lab) => (await run(lab)).output as Check

/** An array whose hosts report something else of their paths than is so; `lie` is given the address of each controller. */
async function lying(
  lie: (report: Record<string, unknown>, ctl1: string, ctl2: string) => void,
  options: LabOptions = {},
) {
  let armed = false
  const lab: Lab = await built({
    ...options,
    replies: {
      ...options.replies,
      'check-paths': machine => {
        if (!armed) return undefined
        const { stdout = '' } = lab.nodes.reply('STAR-check-paths', {}, machine)
        const report = JSON.parse(stdout.split('\n')[1] ?? '')
        lie(report, report.logins[0][0], report.logins[1][0])
        return { stdout: JSON.stringify(report) }
      },
    },
  })
  armed = true
  return lab
}

test('a healthy array has no finding; nothing of it is changed, and no lock is taken', async () => {
  const lab = await built({}, { hosts: [{}, { luns: ['LUN3'] }] })
  const locks: unknown[] = []
  lab.cloud.store.put = (put => (kind, id, value) => {
    if (kind === 'parameter') locks.push(id)
    put(kind, id, value)
  })(lab.cloud.store.put)

  expect(await run(lab)).toMatchObject({
    status: 'SUCCEEDED',
    output: {
      ...{ array, power: 'running', healthy: true, findings: [], notes: [] },
      tried: { hosts: 2, luns: 7, paths: 14, logins: 4 },
    },
  })
  expect(worksOf(lab)).toEqual([`check-paths ${host}`, 'check-paths instance-2'])
  const [sent] = lab.nodes.ran.filter(({ document }) => document === 'check-paths')
  expect(sent?.parameters).toMatchObject({ array, controllers: expect.stringMatching(`^${ctl1}=[0-9.]+,${ctl2}=`) })
  expect(locks).toEqual([])
})

test('what is off is named with the command that starts it, and paths that are lost with it once for all LUNs', async () => {
  const lab = await built()
  lab.machines.cut(machineOf(lab, ctl2).id)

  const { healthy, findings } = await check(lab)

  expect(healthy).toBe(false)
  expect(findings).toEqual(
    expect.arrayContaining([
      { text: `${ctl2}: the instance is stopped`, remedy: START },
      { text: `${ctl1}: the cluster does not see ${ctl2} online`, remedy: START },
      {
        text: `${host}: the path of LUN0 through ${ctl2} is failed (LUN1, LUN2, LUN3, LUN4, LUN5 likewise)`,
        remedy: START,
      },
      { text: `${host}: it cannot log in to ${ctl2}: no answer in 10 s`, remedy: START },
      {
        text: `${host}: LUN0 cannot be read through ${ctl2}: Input/output error (LUN1, LUN2, LUN3, LUN4, LUN5 likewise)`,
        remedy: START,
      },
    ]),
  )
  // The remedy is one.
  expect(await lab.run('start-array', { array })).toMatchObject({ status: 'SUCCEEDED' })
  expect(await check(lab)).toMatchObject({ healthy: true, findings: [] })
})

test('a session that is logged out on a host is a finding that names host, LUNs, controller and remedy', async () => {
  const { lab, lie } = await openRebootLab()
  lie('inspect-host', report => {
    for (const lun of report.luns) lun[3].pop()
  })

  expect((await check(lab)).findings).toEqual([
    { text: `${host}: LUN0 has 0 paths through ${ctl2}, not 1 (LUN1, LUN2, LUN3, LUN4, LUN5 likewise)`, remedy: START },
  ])
})

test.each<[string, (report: Record<string, unknown>, ctl1: string, ctl2: string) => void, string, RegExp]>([
  [
    'a path that looks well and does not answer',
    (report, _, two) => Object.assign(report, { failed: [[two, 'no answer in 10 s', ['LUN1', 'LUN4']]] }),
    `${host}: LUN1 cannot be read through ${ctl2}: no answer in 10 s (LUN4 likewise)`,
    /^run star start: .*; if it stays, see why: star shell star0001-ctl2 -- dmesg$/,
  ],
  [
    'a login that is refused',
    (report, one, two) =>
      Object.assign(report, {
        logins: [
          [one, 'refused'],
          [two, ''],
        ],
      }),
    `${host}: it cannot log in to ${ctl1}: refused`,
    /^run star up, .* ports/,
  ],
  [
    'a LUN that shows other data on one path than on the other',
    report => Object.assign(report, { different: ['LUN2'] }),
    `${host}: LUN2 reads differently through ${ctl1} and ${ctl2}`,
    /^stop what uses it before anything else/,
  ],
])('%s is found by trying alone', async (_, lie, text, remedy) => {
  const lab = await lying(lie)

  const { healthy, findings } = await check(lab)

  expect([healthy, findings]).toEqual([false, [{ text, remedy: expect.stringMatching(remedy) }]])
})

test('a host whose paths cannot be tried is told of; one that answers nothing, once', async () => {
  const lab = await built({
    replies: { 'check-paths': () => ({ exitCode: 1, stderr: 'changed: x\nerror: no python\n' }) },
  })
  expect((await check(lab)).findings).toEqual([
    {
      text: `${host}: its paths could not be tried: STAR-check-paths on ${host}: Failed, exit status 1: error: no python`,
      remedy: `see why: star shell ${host} -- multipath -ll`,
    },
  ])
  Object.assign(machineOf(lab, host), { onlineAt: Number.POSITIVE_INFINITY })
  const { findings, tried } = await check(lab)
  expect(findings).toEqual([
    { text: expect.stringMatching(`^${host}: waited 20 s for the agent`), remedy: expect.stringMatching(/^see why/) },
  ])
  expect(tried).toEqual({ hosts: 0, luns: 0, paths: 0, logins: 0 })
})

test('what would not pass through a workflow is counted', async () => {
  const { lab, lie } = await openRebootLab({}, { luns: [{ count: 160, size: '32M' }], hosts: [{}, {}] })
  lie('inspect-host', report => {
    for (const [place, lun] of report.luns.entries()) lun[1] = `36001405${place}`
  })

  const { findings, notes } = await check(lab)

  expect([findings.length, notes.at(-1)]).toEqual([300, '20 findings more'])
})

test('an array that is stopped, and one that was never completed, are no healthy ones', async () => {
  const lab = await built()
  await lab.run('stop-array', { array })
  expect(await check(lab)).toMatchObject({
    ...{ power: 'stopped', healthy: false },
    findings: [{ text: `${array}: it is stopped`, remedy: START }],
  })

  const half = openLab({ replies: { 'attach-host': () => ({ exitCode: 1 }) } })
  await half.run('provision-array', { keepOnFailure: true })
  const { findings } = await check(half)
  expect(findings[0]).toEqual({ text: `${array}: it was never completed`, remedy: UP })
  expect(findings.map(({ text }) => text)).toContain(
    `${host}: does not see LUN0 (LUN1, LUN2, LUN3, LUN4, LUN5 likewise)`,
  )
})

test('waits for nobody, and says who was at work meanwhile, also where that has just ended or begun', async () => {
  const lab = await lying(() => {})
  const execution = recordExecution(lab.cloud.store, { machine: 'add-luns', name: 'x', input: {}, at: lab.clock.now() })
  await takeLock(array, execution, 'add-luns')
  const note = 'add-luns was at work on star0001 meanwhile: what it changes may look broken'

  expect(await check(lab)).toMatchObject({ healthy: true, notes: [note] })
  expect(lockOf(lab)).toBeDefined()
  lab.cloud.store.remove('parameter', `/star/${array}/lock`)
  expect((await check(lab)).notes).toEqual([])
  const late = run(lab)
  await lab.clock.sleep(2_500)
  await takeLock(array, execution, 'add-luns')
  expect((await late).output).toMatchObject({ notes: [note] })
})

test.each([
  ['an array that is not there', { array: 'other' }, 'NoSuchArray'],
  ['an unknown field', { force: true }, 'RequestRejected'],
])('%s is refused', async (_, input, error) => {
  expect(await run(openLab(), input)).toMatchObject({ status: 'FAILED', error })
})

test('what the cloud does not answer is no finding, but the end of the check', async () => {
  let broken = false
  const lab = await built({
    faults: { DescribeVolumes: () => (broken ? failing('UnauthorizedOperation')() : undefined) },
  })
  broken = true

  expect(await run(lab)).toMatchObject({ status: 'FAILED', error: 'UnauthorizedOperation' })
})

test('where nobody can be asked it ends with why', async () => {
  let broken = false
  const lab = await built({
    faults: { DescribeInstanceInformation: () => (broken ? failing('AccessDeniedException')() : undefined) },
  })
  broken = true

  expect(await run(lab)).toMatchObject({ status: 'FAILED', error: 'AccessDeniedException' })
})

test('no state, no catch and no retry was left out', () => {
  expect(untried(seen, 'check-array.test.ts')).toEqual({ states: [], catches: [], retries: [] })
})
