import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../infra/local/clock.ts'
import { ensureImage, nodeImage } from '../../../infra/local/machines/image.ts'
import { cutPower, machineFiles } from '../../../infra/local/machines/qemu.ts'
import { qemuDriver } from '../../../infra/local/machines/qemu-driver.ts'
import type { Bench } from './bench.ts'

/** Real machines, in a cloud of their own below the temporary directory: paths of unix sockets have to be short. */
export async function qemuBench(): Promise<Bench> {
  const image = nodeImage(join(import.meta.dirname, '..', '..', '..', '.star', 'images'))
  await ensureImage(image, line => console.error(line))
  const home = mkdtempSync(join(tmpdir(), 'star-qemu-'))
  const driver = qemuDriver({ home, image })
  const started = new Set<string>()
  return {
    name: 'on QEMU',
    home,
    driver: {
      ...driver,
      start: machine => {
        started.add(machine.id)
        return driver.start(machine)
      },
    },
    clock: systemClock,
    real: true,
    cut: id => cutPower(machineFiles(home, id), id),
    // Also after a test that failed half-way: no machine, no switch, no file stays.
    async dispose() {
      for (const id of started) await driver.destroy(id)
      await driver.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
