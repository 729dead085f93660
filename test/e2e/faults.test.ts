/**
 * Faults of an array of machines, while a host writes to several LUNs: three of those that `./star bench torture` draws.
 *
 *     STAR_E2E=all STAR_SEED=7 ./star test e2e faults
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tellOf, trialsOf } from '../../bench/array-faults/choose.ts'
import { buildLab, removeLab } from '../../bench/array-faults/lab.ts'
import { type Place, runTrial } from '../../bench/array-faults/trial.ts'
import { driver } from './star.ts'

// ACTIVE hangs; the network between the controllers is cut; ACTIVE loses power.
const { STAR_SEED = '605' } = process.env
let place: Place | undefined

beforeAll(async () => {
  place = await buildLab(driver)
})

afterAll(async () => {
  await place?.machines.close()
  await removeLab(driver)
})

describe(`faults of seed ${STAR_SEED}: nothing is lost, there is one writer, and all paths come back`, () => {
  it.each(trialsOf(Number(STAR_SEED), 3).map(trial => [tellOf(trial), trial] as const))('%s', async (_, trial) => {
    const verdict = await runTrial(place as Place, trial)
    console.log(`${verdict.what}: the longest write took ${verdict.stall} s; all was back ${verdict.back} s after it`)
    expect(verdict).toMatchObject({ problems: [] })
  })
})
