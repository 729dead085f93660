import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { chooseArray, leftOf } from '../../cli/arrays.ts'
import type { Cloud } from '../../cli/cloud.ts'
import { readEvents } from '../../cli/events.ts'
import { shapesFrom } from '../../cli/shape.ts'
import { runShown, statemachines } from '../../cli/workflow.ts'
import { allArrays, allNodes } from '../../functions/shared/arrays.ts'
import { systemClock } from '../../infra/local/clock.ts'
import { type LocalCloud, openCloud } from '../../infra/local/cloud.ts'
import type { MachineDriver } from '../../infra/local/driver.ts'
import { runWorkflow } from '../../infra/local/engine.ts'
import { memoryDriver } from '../../infra/local/memory-driver.ts'
import { composeDocuments } from '../../ssm-documents/compose.ts'

/** A cloud whose machines never finish to boot: a build stays where an interruption finds it. */
let home: string
let cloud: LocalCloud
let driver: MachineDriver

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'star-workflow-'))
  const image = 'star-node-debian-12-test'
  driver = memoryDriver({ clock: systemClock, bootMs: 1e9 })
  cloud = openCloud({ home, driver, documents: composeDocuments(), image })
  vi.stubEnv('STAR_IMAGE_OWNER', 'self')
  vi.stubEnv('STAR_IMAGE_NAME', image)
})
afterEach(() => {
  cloud.close()
  rmSync(home, { recursive: true, force: true })
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const run = (machine: string, input: object) => {
  const running = (...[machine, input, how]: Parameters<Cloud['run']>) => runWorkflow(cloud, machine, input, how)
  return runShown({ run: running, clear: async () => {} }, machine, input, { title: 'a1', passing: true })
}

async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 15_000, interval: 50 })
}

function events() {
  const folder = join(home, 'executions')
  return existsSync(folder) ? readdirSync(folder).flatMap(name => readEvents(join(folder, name))) : []
}

describe('a workflow that is interrupted', { timeout: 30_000 }, () => {
  it('stops, leaves what there is, and is removed to nothing afterwards', async () => {
    const before = process.listenerCount('SIGINT')
    const building = run('provision-array', { array: 'a1', disks: { count: 3 } })
    await until(() => events().some(event => event.state === 'PrepareHosts'))
    process.emit('SIGINT')
    expect(await building).toMatchObject({ status: 'ABORTED', execution: expect.stringMatching(/^provision-array-/) })
    expect(process.listenerCount('SIGINT')).toBe(before)

    // The display knows each state that the engine told of, or it would take children for steps.
    const shapeOf = shapesFrom(statemachines)
    const states = events().filter(event => event.state)
    expect(states.length).toBeGreaterThan(20)
    for (const { machine, state = '' } of states) {
      expect([machine, state, shapeOf(machine, state)?.type]).not.toContain(undefined)
    }
    expect(shapeOf('configure-array', 'PrepareHosts')?.starts).toBe('run-documents')

    expect(await leftOf('a1')).toBe('2 controllers, 1 host and 3 disks')
    expect(await chooseArray(undefined)).toBe('a1')
    expect((await allNodes()).map(node => [node.array, node.name])).toContainEqual(['a1', 'instance-1'])
    await expect(chooseArray('b1')).rejects.toThrow('there is no array b1; there is a1')

    expect(await run('teardown-array', { array: 'a1' })).toMatchObject({ status: 'SUCCEEDED' })
    expect([await leftOf('a1'), await allArrays()]).toEqual([undefined, []])
    await expect(chooseArray(undefined)).rejects.toThrow('there is no array')
  })
})
