import { readdirSync } from 'node:fs'
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Handler, loadHandlersBy } from '../../infra/local/definitions.ts'
import { startInBackground } from '../../infra/local/engine-background.ts'
import { serveApi } from '../../infra/local/serve.ts'
import { machineArn } from '../../infra/local/sfn.ts'
import { openLab } from '../statemachines/lab.ts'
import { openEndpoint } from './endpoint.ts'
import { allFixtures, type FixtureServer, openFixtures } from './fixtures.ts'
import { buildBundles, type Lambda, openLambda } from './lambda.ts'
import { ec2 } from './scenarios/ec2.ts'
import { images } from './scenarios/images.ts'
import { others } from './scenarios/others.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { ssm } from './scenarios/ssm.ts'
import { throttled } from './scenarios/throttled.ts'

let bundles: Awaited<ReturnType<typeof buildBundles>>
beforeAll(async () => {
  bundles = await buildBundles()
}, 120_000)
afterAll(() => bundles.remove())

/** A lab whose functions are bundles and know its cloud by an address alone. */
async function openWiredLab() {
  const lab = openLab()
  const endpoint = await openEndpoint(lab.cloud)
  const { STAR_IMAGE_OWNER = '', STAR_IMAGE_NAME = '', STAR_STATE_MACHINE_PREFIX = '' } = process.env
  const settings = { STAR_IMAGE_OWNER, STAR_IMAGE_NAME, STAR_STATE_MACHINE_PREFIX }
  const lambda = openLambda(bundles.folder, endpoint.url, settings)
  const called = new Set<string>()
  const handlerOf =
    (name: string): Handler =>
    (event, context) => {
      called.add(name)
      return lab.clock.during(lambda.handlerOf(name)(event, context))
    }
  loadHandlersBy(async name => handlerOf(name))
  const background = startInBackground(lab.cloud)
  const api = await serveApi(0)
  onTestFinished(async () => {
    await api.close()
    await background.idle()
    await lambda.close()
    await endpoint.close()
  })
  return { ...lab, background, api, handlerOf, called }
}

const array = 'star0001'
const schedule = { start: '0 9 * * 1-5', stop: '0 19 * * 1-5' }

test('an array lives and ends by bundles that reach the cloud over HTTP; each of them has its part', async () => {
  const lab = await openWiredLab()
  const operate = async (machine: string, input: object) =>
    expect(await lab.run(machine, input), machine).toMatchObject({ status: 'SUCCEEDED' })
  const ask = async (method: string, path: string, body?: object) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${lab.api.url}${path}`, {
      method,
      ...(body && { headers, body: JSON.stringify(body) }),
    })
    return { status: answer.status, ...((await answer.json()) as Record<string, unknown>) }
  }

  await operate('provision-array', { disks: { size: '20G' }, schedule })
  await operate('add-luns', { array, luns: [{ size: '100M' }] })
  const wanted = { array, luns: [{ size: '100M' }], key: 'order-1' }
  const Entries = [{ Source: 'star.client', DetailType: 'LUNs Requested', Detail: JSON.stringify(wanted) }]
  await lab.cloud.events.send(new PutEventsCommand({ Entries }))
  await lab.background.idle()
  expect(lab.nodes.sims.get(array)?.luns).toHaveLength(8)
  await operate('reboot-nodes', { array })
  await operate('check-array', { array })
  await operate('failover-array', { array, to: 1 })
  await operate('schedule-array', { array, schedule: null })
  await operate('enable-perfweb', { array })
  expect(await lab.handlerOf('apply-schedules')({}, {})).toEqual({ applied: [] })
  // Called where something failed.
  expect(await lab.handlerOf('check-outcomes')({ outcomes: [{}] }, {})).toEqual({ count: 1 })
  expect(await lab.handlerOf('watch-arrays')({}, {})).toMatchObject({ running: 1, looks: [expect.any(String)] })
  await lab.background.idle()
  expect(await ask('POST', `/arrays/${array}/stop`, {})).toMatchObject({ status: 202 })
  await lab.background.idle()
  expect(await ask('GET', `/arrays/${array}`)).toMatchObject({ status: 200 })
  await operate('start-array', { array })
  await operate('teardown-array', { array })
  expect(lab.cloud.isEmpty()).toBe(true)
  await operate('prepare-image', {})
  expect(await ask('GET', '/images')).toMatchObject({ images: [{ state: 'available', used: true }] })

  expect(readdirSync(bundles.folder).filter(name => !lab.called.has(name))).toEqual([])
}, 120_000)

describe('what functions make of AWS’s answers', () => {
  interface Stage {
    server: FixtureServer
    lambda: Lambda
  }
  const open = async (): Promise<Stage> => {
    const server = await openFixtures()
    return { server, lambda: openLambda(bundles.folder, server.url, { STAR_STATE_MACHINE_PREFIX: machineArn('') }) }
  }
  const close = async ({ server, lambda }: Stage) => {
    await lambda.close()
    await server.close()
  }
  async function play({ server, lambda }: Stage, { call: [name, event], answers, returns, throws }: Scenario) {
    server.play(answers)
    const end = await lambda
      .handlerOf(name)(event, {})
      .then(
        value => ({ value }),
        ({ name, message }: Error) => ({ name, message }),
      )
    const message = throws?.message instanceof RegExp ? expect.stringMatching(throws.message) : throws?.message
    expect(end).toMatchObject(throws ? { ...throws, ...(message !== undefined && { message }) } : { value: returns })
    expect(server.rest()).toEqual({ left: [], unexpected: [] })
  }
  const titled = (scenarios: Scenario[]) => scenarios.map(scenario => [scenario.title, scenario] as const)

  let stage: Stage
  beforeAll(async () => {
    stage = await open()
  })
  afterAll(() => close(stage))

  test.each(titled([...ec2, ...images, ...ssm, ...others]))('%s', (_, scenario) => play(stage, scenario))

  describe.concurrent('when it throttles', () => {
    test.each(titled(throttled))('%s', { timeout: 60_000 }, async (title, scenario) => {
      const own = await open()
      const start = performance.now()
      await play(own, scenario).finally(() => close(own))
      console.log(`${title}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
    })
  })

  test('none of the answers is left over', () => {
    const played = new Set([...ec2, ...images, ...ssm, ...others, ...throttled].flatMap(({ answers }) => answers))

    expect(allFixtures().flatMap(({ name }) => (played.has(name) ? [] : name))).toEqual([])
  })
})
