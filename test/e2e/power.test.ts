/** The power of an array, on machines: stopped and started with its data, taken down from whatever is left of it; perfweb. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { perfwebTests } from './perfweb.ts'
import { cutPower, home, inspect, killAt, onNode, star, starOk } from './star.ts'
import { device } from './writer.ts'

const array = 'star0001'
const host = 'instance-1'

beforeAll(() => starOk('up', '--lun-size', '1G'))

describe('stop and start', () => {
  const sum = 'mount $d /mnt && sha256sum </mnt/data && umount /mnt'
  let written = ''

  it('stops in order, and a second time there is nothing to do', async () => {
    const d = await device(array, host, 'LUN3')
    written = await onNode(
      array,
      host,
      `d=${d}; mkfs.ext4 -q $d && mount $d /mnt && head -c 8M /dev/urandom >/mnt/data && umount /mnt && ${sum}`,
    )
    await starOk('stop', '--yes')
    expect((await star('status')).status).toBe(4)
    expect(await starOk('stop', '--yes')).toMatch(/nothing was changed|stopped already/)
  })

  it('starts, and the data is there', async () => {
    expect(await starOk('start')).toContain(array)
    expect((await inspect(array)).healthy).toBe(true)
    expect(await onNode(array, host, `d=${await device(array, host, 'LUN3')}; ${sum}`)).toBe(written)
  })
})

perfwebTests({ array, host, lun: 'LUN2', pictures: join(home, 'pictures') })

describe('down', () => {
  it('from a healthy array, from one with a dead controller, with two, and from a half-built one', async () => {
    await cutPower(array, 'star0001-ctl1')
    expect(await starOk('down', '--yes')).toContain('star0001-disk1')
    for (const dead of [['star0001-ctl1', 'star0001-ctl2'], []]) {
      await killAt(dead.length > 0 ? /form-cluster .*done/ : /create-resources .*done/, 'up')
      for (const node of dead) await cutPower(array, node)
      await sleep(500)
      expect(await starOk('down', '--yes')).toContain('star0001 is gone')
      expect((await star('status')).status).toBe(3)
    }
  })
})
