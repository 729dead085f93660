import type { Clock } from '../../../infra/local/clock.ts'
import type { MachineDriver } from '../../../infra/local/driver.ts'

/** A machine driver under test, and what the tests need to stand beside it. */
export interface Bench {
  name: string
  /** An empty directory for the cloud's record. */
  home: string
  driver: MachineDriver
  clock: Clock
  /** Scripts really run: what the machine itself has to get right is looked at only then. */
  real: boolean
  /** The power fails, and no command of the cloud knows. */
  cut(id: string): Promise<void> | void
  /** Ends what the test leaves behind. */
  dispose(): Promise<void> | void
}

export type MakeBench = () => Promise<Bench> | Bench
