/** The hourly look at all arrays: what it counts, what it starts, and what a look says of paths. */
import { expect, onTestFinished, test, vi } from 'vitest'
import { releaseLock, takeLock } from '../../functions/shared/lock.ts'
import { warn } from '../../functions/shared/telemetry.ts'
import { handler as watchArrays } from '../../functions/watch-arrays.ts'
import { startInBackground } from '../../infra/local/engine-background.ts'
import { endExecution, recordExecution } from '../../infra/local/sfn.ts'
import { built, machineOf } from './array-lab.ts'
import type { Lab, LabOptions } from './lab.ts'

const array = 'star0001'
const HOUR = 3_600_000

/** Lines that Lambda would hand to CloudWatch. */
function lines() {
  const said: Record<string, unknown>[] = []
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'star-watch-arrays')
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    said.push(JSON.parse(String(text)))
    return true
  })
  onTestFinished(() => {
    write.mockRestore()
    vi.unstubAllEnvs()
  })
  return said
}

async function stage(options: LabOptions = {}) {
  const lab = await built(options)
  const background = startInBackground(lab.cloud)
  const said = lines()
  return {
    ...lab,
    said,
    metric: (name: string) => said.flatMap(line => (name in line ? [line[name]] : [])),
    watch: async () => {
      try {
        return await watchArrays({ 'detail-type': 'Scheduled Event' }, {} as never)
      } finally {
        await background.idle()
      }
    },
  }
}

const execution = ({ cloud, clock }: Pick<Lab, 'cloud' | 'clock'>, name: string) =>
  recordExecution(cloud.store, { machine: 'add-luns', name, input: {}, at: clock.now() })

test('an array that runs is looked at once an hour, and no path is missing', async () => {
  const { watch, metric, said, clock, nodes } = await stage()

  const first = await watch()
  expect(first).toEqual({ running: 1, locksLeft: [], looks: [expect.stringMatching(/^inspect-array:star0001-/)] })
  expect(metric('PathsMissing')).toEqual([0])
  expect(metric('ArraysRunning')).toEqual([1])
  expect(metric('LocksLeft')).toEqual([0])
  expect(said[0]).toMatchObject({
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: 'STAR',
          Dimensions: [[]],
          Metrics: [
            { Name: 'ArraysRunning', Unit: 'Count' },
            { Name: 'LocksLeft', Unit: 'Count' },
          ],
        },
      ],
    },
  })
  expect(nodes.names().sort()).toEqual([
    ...['inspect-controller star0001-ctl1', 'inspect-controller star0001-ctl2', 'inspect-host instance-1'],
  ])

  expect((await watch()).looks).toEqual(first.looks)
  expect(nodes.names()).toHaveLength(3)
  await clock.sleep(HOUR)
  expect((await watch()).looks).not.toEqual(first.looks)
  expect(nodes.names()).toHaveLength(6)
})

test('paths through a dead controller are missing, and so are those of a host that does not answer', async () => {
  let silent = false
  const lab = await stage({ replies: { 'inspect-host': () => (silent ? { exitCode: 1 } : undefined) } })
  lab.machines.cut(machineOf(lab, 'star0001-ctl2').id)
  await lab.watch()
  expect(lab.metric('PathsMissing')).toEqual([6])

  silent = true
  await lab.clock.sleep(HOUR)
  await lab.watch()
  lab.machines.cut(machineOf(lab, 'instance-1').id)
  await lab.clock.sleep(HOUR)
  await lab.watch()
  expect(lab.metric('PathsMissing')).toEqual([6, 12, 0])
})

test('an array that is stopped, or being changed, is left alone', async () => {
  const lab = await stage()
  const { watch, metric, run, cloud, clock } = lab
  const busy = execution(lab, 'busy')
  await takeLock(array, busy, 'add-luns')
  expect(await watch()).toEqual({ running: 1, locksLeft: [], looks: [] })
  expect(await run('inspect-array', { array })).toMatchObject({ output: { healthy: true } })
  expect(metric('PathsMissing')).toEqual([])

  await clock.sleep(25 * HOUR)
  expect((await watch()).locksLeft).toEqual(['/star/star0001/lock'])
  await releaseLock(array, busy)
  endExecution(cloud.store, busy, { status: 'SUCCEEDED', at: clock.now() })
  await run('stop-array', { array, force: false })
  expect(await watch()).toEqual({ running: 0, locksLeft: [], looks: [] })
  expect(metric('LocksLeft')).toEqual([0, 1, 0])
  expect(metric('PathsMissing')).toEqual([])
})

test('a lock of what no longer runs is counted, and keeps nobody from looking', async () => {
  const lab = await stage()
  const dead = execution(lab, 'dead')
  await takeLock(array, dead, 'add-luns')
  endExecution(lab.cloud.store, dead, { status: 'ABORTED', at: lab.clock.now() })

  expect(await lab.watch()).toMatchObject({ locksLeft: ['/star/star0001/lock'], looks: [expect.any(String)] })
  expect(lab.metric('LocksLeft')).toEqual([1])
})

test('an array that cannot be looked at is told, and keeps nobody from looking at the others', async () => {
  let broken = ''
  const { watch, run, nodes } = await stage({
    faults: {
      GetParameter: ({ Name }) => {
        if (Name === broken) throw Object.assign(new Error('no such luck'), { name: 'InternalServerError' })
      },
    },
  })
  expect(await run('provision-array', { array: 'other' })).toMatchObject({ status: 'SUCCEEDED' })
  nodes.ran.length = 0
  broken = '/star/star0001'

  await expect(watch()).rejects.toMatchObject({
    name: 'WatchFailed',
    message: 'star0001: InternalServerError: no such luck',
  })
  expect(nodes.names()).toContain('inspect-controller other-ctl1')
})

test('outside Lambda nothing is said: standard output is the command’s', async () => {
  const { watch, said } = await stage()
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', '')
  await watch()
  warn('nobody hears this')
  expect(said).toEqual([])
})
