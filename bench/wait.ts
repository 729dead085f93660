import { setTimeout as sleep } from 'node:timers/promises'

/** Looks every few seconds until it is so; a look that fails says no. Throws with what was waited for. */
export async function waitFor(
  what: string,
  seconds: number,
  look: () => boolean | Promise<boolean>,
  every = 3,
): Promise<void> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    let last: unknown
    try {
      if (await look()) return
    } catch (error) {
      last = error
    }
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`, { cause: last })
    await sleep(every * 1000)
  }
}
