/** `star bench`: what this computer's arrays come to, each figure beside its goal. Exit code 0 met, 1 short. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type BenchFlags, type Figure, lineOf } from '../bench/figure.ts'
import { chosenCloud } from './chosen.ts'
import { exitCodes, Mistake } from './failure.ts'
import { root } from './paths.ts'
import { ensureRequirements } from './requirements.ts'

interface Bench {
  about: string
  /** It breaks or times machines of this computer. */
  machines: boolean
  /** Prints what it does; the report says it all again, for those who were not there. */
  run(flags: BenchFlags): Promise<{ figure: Figure; report: string }>
}

const benches: Record<string, Bench> = {
  torture: {
    machines: true,
    about: 'random faults in a row on one array, while a host writes; three to six minutes each',
    run: async flags => (await import('../bench/torture.ts')).torture(flags),
  },
  failover: {
    machines: true,
    about: "how long hosts wait when ACTIVE goes, beside the reference procedure's set-up; about two hours",
    run: async flags => (await import('../bench/failover.ts')).failover(flags),
  },
  idle: {
    machines: true,
    about: 'how long a build takes, what it waits for, and the share in which nothing runs; three builds',
    run: async flags => (await import('../bench/idle.ts')).idleShare(flags),
  },
  build: {
    machines: true,
    about: 'a build from running machines, beside the reference procedure by script; three of each, about an hour',
    run: async flags => (await import('../bench/build.ts')).build(flags),
  },
  luns: {
    machines: true,
    about: "1, 8, 64 and 253 LUNs for an array that serves, beside the reference's way; about half an hour",
    run: async flags => (await import('../bench/luns.ts')).luns(flags),
  },
  'data-path': {
    machines: true,
    about: "fio on a host, beside the reference's set-up and the disk itself; about half an hour",
    run: async flags => (await import('../bench/data-path/data-path.ts')).dataPath(flags),
  },
  transitions: {
    machines: false,
    about: 'state transitions, functions and calls of AWS of each operation, and what they cost; in memory, a minute',
    run: async () => (await import('../bench/transitions.ts')).transitions(),
  },
  many: {
    machines: false,
    about: 'a thousand arrays at once, with AWS’s limits on how often an account may ask; in memory, half an hour',
    run: async flags => (await import('../bench/many.ts')).many(flags),
  },
}

export async function bench(name: string | undefined, flags: BenchFlags): Promise<number> {
  if (name === undefined) {
    for (const [known, { about }] of Object.entries(benches)) console.log(`${known.padEnd(13)}${about}`)
    return exitCodes.ok
  }
  const chosen = Object.hasOwn(benches, name) ? benches[name] : undefined
  if (!chosen) throw new Mistake(`${name}: must be ${Object.keys(benches).join(', ')}, or nothing for a list`)
  if (chosen.machines && chosenCloud() === 'aws') throw new Mistake('--cloud: it is for machines of this computer')
  if (chosen.machines) ensureRequirements(line => console.error(`star: ${line}`))
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort())
  try {
    return await measured(chosen, name, { ...flags, signal: abort.signal })
  } catch (error) {
    if (abort.signal.aborted) return exitCodes.interrupted
    throw error
  }
}

async function measured(chosen: Bench, name: string, flags: BenchFlags): Promise<number> {
  const { figure, report } = await chosen.run(flags)
  console.log(`\n${report}`)
  const file = flags.report === true ? join(root, 'docs', 'results', `${name}.md`) : flags.report
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, report)
    console.log(`report: ${relative(process.cwd(), file)}`)
  }
  console.log(lineOf(name, figure))
  if (flags.signal?.aborted) return exitCodes.interrupted
  return figure.met ? exitCodes.ok : exitCodes.failed
}
