import { afterAll, beforeAll, describe } from 'vitest'
import type { Bench, MakeBench } from './bench.ts'
import { commandContract } from './commands.ts'
import { diskContract } from './disks.ts'
import { imageContract } from './images.ts'
import { type Lab, openLab } from './lab.ts'
import { powerContract } from './power.ts'

/** What the tests of one part stand on: two machines in one cloud, which every part leaves running and online. */
export interface Stand {
  bench: Bench
  lab: Lab
  one: string
  two: string
}

/**
 * What the local cloud promises about machines, held against a driver. Starting real machines takes most of a minute,
 * so that the parts share two of them and follow each other.
 */
export function cloudContract(name: string, make: MakeBench): void {
  describe(`the local cloud's machines, ${name}`, () => {
    const stand = {} as Stand
    beforeAll(async () => {
      stand.bench = await make()
      stand.lab = openLab(stand.bench)
      // Both at once: the first two machines of a cloud also race for its network.
      const [[one = ''] = [], [two = ''] = []] = await Promise.all([stand.lab.launch(), stand.lab.launch()])
      Object.assign(stand, { one, two })
      await stand.lab.online(one, two)
    })
    afterAll(() => stand.bench?.dispose())

    commandContract(stand)
    diskContract(stand)
    imageContract(stand)
    powerContract(stand)
  })
}
