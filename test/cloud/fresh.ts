import { onTestFinished } from 'vitest'
import type { CloudOptions } from '../../infra/local/cloud.ts'
import type { MemoryOptions } from '../../infra/local/memory-driver.ts'
import { openLab } from './contract/lab.ts'
import { memoryBench } from './contract/memory-bench.ts'

/** A cloud of its own for one test, over in-memory machines that answer two seconds after power on. */
export function freshLab(driver: Partial<MemoryOptions> = {}, cloud: Partial<CloudOptions> = {}) {
  const bench = memoryBench({ bootMs: 2_000, ...driver })
  const lab = openLab(bench, cloud)
  onTestFinished(() => {
    lab.cloud.close()
    bench.dispose()
  })
  return { ...lab, bench, driver: bench.driver, clock: bench.clock }
}
