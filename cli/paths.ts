import { join } from 'node:path'

/** The checkout. */
export const root = join(import.meta.dirname, '..')

/** Where the local cloud keeps its state: machines, disks, records. `STAR_HOME` moves it. */
export const home = process.env.STAR_HOME || join(root, '.star', 'cloud')

export const executionsFolder = join(home, 'executions')
