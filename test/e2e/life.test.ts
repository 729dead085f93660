/** The life of one array, on machines: the walk of README.md, and between its last two commands whatever else it has to bear. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { checkTests } from './check.ts'
import { perfwebTests } from './perfweb.ts'
import { powerCutTests } from './power-cut.ts'
import { requestTests } from './requests.ts'
import { scheduleTests } from './schedule.ts'
import { cutPower, home, killAt, star, starOk } from './star.ts'
import { walkTests } from './walk.ts'

/** What takes five minutes or more on a slow computer runs when it is asked for. */
const long = process.env.STAR_E2E === 'all'
const place = { array: 'star0001', host: 'instance-1' }

const { typeRest } = walkTests(place)
checkTests(place)
if (long) powerCutTests(place)
requestTests(place)
if (long) scheduleTests()
perfwebTests({ ...place, lun: 'LUN2', pictures: join(home, 'pictures') })

describe('down', () => {
  it('removes it, as the walk ends', async () => {
    await typeRest()
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
