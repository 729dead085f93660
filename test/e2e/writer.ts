/** A writer on a host's LUN that runs while the array is operated on; what it saw is the proof that hosts lost nothing. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { onNode } from './star.ts'

export interface Written {
  writes: number
  errors: [number, string][]
  bad: number[]
  /** Seconds since the epoch, seconds. */
  stalls: [number, number][]
}

export interface Writer {
  /** The longest write that was under way while this was done; null: none took half a second. Known once it has stopped. */
  during(what: string, work: () => Promise<unknown>): Promise<void>
  stop(): Promise<Written>
}

const program = readFileSync(join(import.meta.dirname, 'writer.py'), 'base64')

/** The device of a LUN on a host. */
export const device = async (array: string, host: string, lun: string) =>
  `/dev/mapper/${(await onNode(array, host, `multipath -ll | awk '/STAR-${lun} *$/ { print $1; exit }'`)).trim()}`

export async function startWriter(array: string, host: string, lun: string): Promise<Writer> {
  const file = `/root/written-${lun}`
  const disk = await device(array, host, lun)
  await onNode(array, host, `rm -f ${file}*; echo ${program} | base64 -d >/root/writer.py`)
  // setsid and no descriptors: it outlives the command that started it.
  await onNode(array, host, `setsid python3 /root/writer.py ${disk} ${file} </dev/null >${file}.log 2>&1 &`)
  await expect
    .poll(() => onNode(array, host, `ls ${file}.going 2>/dev/null || cat ${file}.log`), { timeout: 60_000 })
    .toContain('going')
  const times: { what: string; from: number; to: number }[] = []
  return {
    async during(what, work) {
      const from = Date.now() / 1000
      await work()
      times.push({ what, from, to: Date.now() / 1000 })
    },
    async stop() {
      await onNode(array, host, `touch ${file}.stop`)
      await expect.poll(() => onNode(array, host, `ls ${file} 2>/dev/null; true`), { timeout: 180_000 }).toContain(file)
      const written = JSON.parse(await onNode(array, host, `cat ${file}`)) as Written
      for (const { what, from, to } of times) {
        const longest = Math.max(0, ...written.stalls.filter(([at, s]) => at + s > from && at < to).map(([, s]) => s))
        console.log(`longest write during ${what}: ${longest ? `${longest} s` : 'under 0.5 s'}`)
      }
      return written
    },
  }
}
