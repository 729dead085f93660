/**
 * Faults of an array of machines, while a host writes to several LUNs: three of those that `./star bench torture` draws.
 *
 *     STAR_SEED=7 ./star test e2e life
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tellOf, trialsOf } from '../../bench/array-faults/choose.ts'
import { openMachines } from '../../bench/array-faults/machines.ts'
import { installNodeWatch } from '../../bench/array-faults/node-watch.ts'
import { type Place, runTrial } from '../../bench/array-faults/trial.ts'
import { driver } from './star.ts'

// The network between the controllers is cut; ACTIVE loses power; the portal of ACTIVE is gone.
const { STAR_SEED = '7174' } = process.env

/** The array is up and healthy; what is on these LUNs goes. */
export function faultTests({ array, luns }: { array: string; luns: string[] }): void {
  describe(`faults of seed ${STAR_SEED}: nothing is lost, there is one writer, and all paths come back`, () => {
    let place: Place | undefined
    beforeAll(async () => {
      const machines = await openMachines(driver.home, array)
      place = { star: driver, machines, luns }
      await installNodeWatch(machines)
    })
    afterAll(() => place?.machines.close())

    it.each(trialsOf(Number(STAR_SEED), 3).map(trial => [tellOf(trial), trial] as const))('%s', async (_, trial) => {
      const verdict = await runTrial(place as Place, trial)
      console.log(`${verdict.what}: the longest write took ${verdict.stall} s; all was back ${verdict.back} s after it`)
      expect(verdict).toMatchObject({ problems: [] })
    })
  })
}
