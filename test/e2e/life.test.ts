/** The life of one array, on machines: built, and then the walk of README.md, with all it has to bear before the last command. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../temporary.ts'
import { arrayTests } from './array.ts'
import { checkTests } from './check.ts'
import { faultTests } from './faults.ts'
import { perfwebTests } from './perfweb.ts'
import { powerCutTests } from './power-cut.ts'
import { requestTests } from './requests.ts'
import { scheduleTests } from './schedule.ts'
import { cutPower, home, killAt, processes, star, starOk } from './star.ts'
import { walkTests } from './walk.ts'

/** What takes five minutes or more on a slow computer runs when it is asked for. */
const long = process.env.STAR_E2E === 'all'
const place = { array: 'star0001', host: 'instance-1' }

arrayTests({ long })
faultTests({ ...place, luns: ['LUN0', 'LUN1', 'LUN2'] })
const { typeRest } = walkTests(place)
checkTests({ ...place, long })
if (long) powerCutTests(place)
if (long) requestTests(place)
if (long) scheduleTests()
perfwebTests({ ...place, lun: 'LUN2', pictures: temporaryFolder('pictures') })

describe('down', () => {
  it('removes it, as the walk ends, and leaves no process, socket or file behind', async () => {
    await typeRest()
    expect(processes()).toEqual([])
    expect(readdirSync(join(home, '..')).filter(name => home.endsWith(name))).toEqual([])
    expect((await star('status')).status).toBe(3)
  })

  it('removes what is half built, also where controllers are dead', async () => {
    for (const [line, dead] of [
      [/create-resources .*done/, ['star0001-ctl1']],
      ...(long ? ([[/form-cluster .*done/, ['star0001-ctl1', 'star0001-ctl2']]] as const) : []),
    ] as const) {
      await killAt(line, 'up')
      for (const node of dead) await cutPower('star0001', node)
      await sleep(500)
      expect(await starOk('down', '--yes')).toContain('star0001 is gone')
      expect((await star('status')).status).toBe(3)
    }
  })
})
