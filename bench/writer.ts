/** A writer on a host's LUN that runs while the array is operated on; what it saw is the proof that hosts lost nothing. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Star } from './star.ts'

export interface Written {
  /** Blocks that were acknowledged. */
  writes: number
  /** Seconds since the epoch, what the system said. */
  errors: [number, string][]
  /** Acknowledged blocks that read back wrong. */
  bad: number[]
  /** Seconds since the epoch (the host's clock), seconds. */
  stalls: [number, number][]
}

export interface Writer {
  /** The longest write that was under way while this was done; null: none took half a second. Known once it has stopped. */
  during(what: string, work: () => Promise<unknown>): Promise<void>
  stop(): Promise<Written>
}

export interface WhatToWrite {
  array: string
  host: string
  lun: string
  /** Number of the first block: one that an earlier writer left on the LUN is then never taken for a new one. */
  first?: number
  /** Seconds between two writes; several writers at full speed take the processors from what they watch. */
  pause?: number
}

const program = readFileSync(join(import.meta.dirname, 'writer.py'), 'base64')

/** The device of a LUN on a host. */
export const deviceOf = async ({ onNode }: Pick<Star, 'onNode'>, array: string, host: string, lun: string) =>
  `/dev/mapper/${(await onNode(array, host, `multipath -ll | awk '/STAR-${lun} *$/ { print $1; exit }'`)).trim()}`

export async function writeOn(star: Pick<Star, 'onNode'>, what: WhatToWrite) {
  const { array, host, lun, first = 0, pause = 0 } = what
  const { onNode } = star
  const file = `/root/written-${lun}`
  const disk = await deviceOf(star, array, host, lun)
  await onNode(array, host, `rm -f ${file}*; echo ${program} | base64 -d >/root/writer.py`)
  // setsid and no descriptors: it outlives the command that started it.
  await onNode(
    array,
    host,
    `setsid python3 /root/writer.py ${disk} ${file} ${first} ${pause} </dev/null >${file}.log 2>&1 &`,
  )
  const going = () => onNode(array, host, `ls ${file}.going 2>/dev/null || cat ${file}.log`)
  await answer(going, 'going', 60)
  const times: { what: string; from: number; to: number }[] = []
  const writer: Writer = {
    async during(what, work) {
      const from = Date.now() / 1000
      await work()
      times.push({ what, from, to: Date.now() / 1000 })
    },
    async stop() {
      await onNode(array, host, `touch ${file}.stop`)
      await answer(() => onNode(array, host, `ls ${file} 2>/dev/null; true`), file, 600)
      const written = JSON.parse(await onNode(array, host, `cat ${file}`)) as Written
      for (const { what, from, to } of times) {
        const longest = Math.max(0, ...written.stalls.filter(([at, s]) => at + s > from && at < to).map(([, s]) => s))
        console.log(`longest write during ${what}: ${longest ? `${longest} s` : 'under 0.5 s'}`)
      }
      return written
    },
  }
  return writer
}

/** Asks until the answer has these words. */
async function answer(ask: () => Promise<string>, words: string, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const said = await ask().catch(String)
    if (said.includes(words)) return
    if (Date.now() > end) throw new Error(`waited ${seconds} s for the writer's ${words}; it says: ${said}`)
    await sleep(1_000)
  }
}
