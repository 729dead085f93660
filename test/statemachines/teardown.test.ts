import { expect, test } from 'vitest'
import type { ProgressEvent } from '../../infra/local/engine.ts'
import { type Lab, openLab } from './lab.ts'

const down = async (lab: Lab, array = 'star0001') => {
  const result = await lab.run('teardown-array', { array })
  expect(result).toMatchObject({ status: 'SUCCEEDED' })
  return result.output as { changed: boolean; removed: string[] }
}
const id = (lab: Lab, place: number) => [...lab.machines.machines.keys()][place] ?? ''

test('a build that was cut off after any of its states goes to nothing', async () => {
  const whole = openLab()
  await whole.run('provision-array', {})
  const stateOf = ({ machine, state }: ProgressEvent) => `${machine}.${state}`
  const states = new Set(whole.events.filter(({ kind }) => kind === 'state-exited').map(stateOf))
  expect(states.size).toBeGreaterThan(30)
  for (const state of states) {
    const lab = openLab()
    const abort = new AbortController()
    const onEvent = (event: ProgressEvent) => {
      if (event.kind === 'state-exited' && stateOf(event) === state) abort.abort()
    }
    await lab.run('provision-array', {}, { signal: abort.signal, onEvent })

    await down(lab)

    expect([state, lab.cloud.isEmpty(), lab.machines.machines.size, lab.machines.disks.size]).toEqual([
      state,
      true,
      0,
      0,
    ])
  }
}, 60_000)

test.each([
  ['one controller', [0]],
  ['both controllers', [0, 1]],
  ['every node', [0, 1, 2]],
])('with %s dead, and with agents that do not answer, it goes to nothing', async (_, dead) => {
  const lab = openLab()
  await lab.run('provision-array', {})
  for (const machine of lab.machines.machines.values()) machine.onlineAt = Number.POSITIVE_INFINITY
  for (const place of dead) lab.machines.cut(id(lab, place))

  const { removed } = await down(lab)

  expect(removed).toHaveLength(8)
  expect(lab.cloud.isEmpty()).toBe(true)
})

test('what carries another array’s tags stays, whatever it is called', async () => {
  const lab = openLab()
  await lab.run('provision-array', {})
  await lab.run('provision-array', { array: 'star0001-b' })

  const { removed } = await down(lab, 'star0001-b')

  expect(removed.sort()).toEqual([
    'instance-1',
    'star-star0001-b',
    'star-star0001-b-controllers',
    'star-star0001-b-hosts',
    'star0001-b-ctl1',
    'star0001-b-ctl2',
    'star0001-b-disk1',
    'star0001-b-disk2',
  ])
  expect(await lab.run('inspect-array', { array: 'star0001' })).toMatchObject({ output: { healthy: true } })
})

test('during a build it is refused with who builds; once that is over it goes', async () => {
  const lab = openLab()
  const build = lab.run('provision-array', {}, { name: 'the-build' })
  await lab.clock.sleep(5_000)

  const refused = await lab.run('teardown-array', { array: 'star0001' })

  expect(refused).toMatchObject({
    error: 'ArrayBusy',
    cause: expect.stringMatching(/provision-array since .*the-build/),
  })
  expect(await build).toMatchObject({ status: 'SUCCEEDED' })
  await down(lab)
  expect(lab.cloud.isEmpty()).toBe(true)
})
