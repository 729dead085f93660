/** Writers on hosts of this test file's array. */
import { deviceOf, type Writer, writeOn } from '../../bench/writer.ts'
import { driver } from './star.ts'

export type { Writer } from '../../bench/writer.ts'

export const device = (array: string, host: string, lun: string) => deviceOf(driver, array, host, lun)

/** Numbers of blocks of one writer are no other writer's. */
const NUMBERS = 10_000_000
/** At full speed a writer takes a processor from the array it watches. */
const PAUSE = 0.02
let writers = 0

export const startWriter = (array: string, host: string, lun: string): Promise<Writer> =>
  writeOn(driver, { array, host, lun, first: NUMBERS * ++writers, pause: PAUSE })
