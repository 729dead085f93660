/**
 * `./star up` on machines: how long it takes, and the share of that in which no call of the cloud and no document runs, and no
 * machine boots: what the orchestration itself costs.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { criticalPath, type Ended, idle } from '../cli/critical-path.ts'
import { inLab } from './array-faults/lab.ts'
import { type BenchFlags, type Figure, processors, tableOf } from './figure.ts'
import { starWith } from './star.ts'
import { medianOf } from './statistics.ts'
import { newestSteps } from './steps.ts'

const RUNS = 3
const GOALS = { share: 0.05, seconds: 150 }

export interface Built {
  /** Of the command, from the machines' first beginning to the verified array. Seconds, like all here. */
  command: number
  workflow: number
  idle: number
  /** What could be had on these machines without any orchestration: the boots and documents that everything waited for. */
  floor: number
  path: Ended[]
}

const say = (line: string) => console.log(`${new Date().toTimeString().slice(0, 8)}  ${line}`)

export async function idleShare({ runs = RUNS, signal }: BenchFlags): Promise<{ figure: Figure; report: string }> {
  const star = starWith(mkdtempSync(join(tmpdir(), 'star-idle-')))
  const built: Built[] = []
  await inLab(star, { signal, say }, async () => {
    for (let run = 1; run <= runs && !signal?.aborted; run++) {
      const begun = Date.now()
      await star.starOk('up', '--json')
      built.push({ command: (Date.now() - begun) / 1000, ...measure(newestSteps(star.home, 'provision-array')) })
      say(`${run}/${runs}  ${built.at(-1)?.command.toFixed(0)} s`)
      await star.starOk('down', '--yes')
    }
  })
  return { figure: figureOf(built), report: reportOf(built) }
}

export function measure(steps: Ended[]): Omit<Built, 'command'> {
  const path = criticalPath(steps)
  const seconds = (found: Ended[]) => found.reduce((sum, { from, to }) => sum + to - from, 0) / 1000
  return {
    workflow: (Math.max(...steps.map(({ to }) => to)) - (steps[0]?.from ?? 0)) / 1000,
    idle: idle(steps) / 1000,
    floor: seconds(path.filter(({ node }) => node !== '')),
    path,
  }
}

const shareOf = ({ idle, workflow }: Built) => idle / workflow
const percent = (share: number) => `${(share * 100).toFixed(1)} %`

export function figureOf(built: Built[]): Figure {
  const share = medianOf(built.map(shareOf))
  const seconds = medianOf(built.map(({ command }) => command))
  return {
    figure: `idle ${percent(share)}, up ${seconds.toFixed(0)} s`,
    goal: `${percent(GOALS.share)}, ${GOALS.seconds} s`,
    met: share <= GOALS.share && seconds <= GOALS.seconds,
  }
}

export function reportOf(built: Built[]): string {
  const rows = built.map((one, run) => [
    String(run + 1),
    ...[one.command, one.workflow, one.floor, one.idle].map(seconds => seconds.toFixed(1)),
    percent(shareOf(one)),
  ])
  const [last] = built.slice(-1)
  const path = last?.path.map(({ name, node, from, to }) => [
    name,
    node,
    ((from - (last.path[0]?.from ?? 0)) / 1000).toFixed(1),
    ((to - from) / 1000).toFixed(1),
  ])
  return `# What a build waits for

\`./star bench idle\`, ${new Date().toISOString().slice(0, 10)}, on ${processors()}, emulated machines, from a cached image. Seconds.
*floor*: the boots and documents that everything waited for, one after the other. *idle*: no call, no document and no boot.

${tableOf(['run', '`star up`', 'provision-array', 'floor', 'idle', 'share'], rows)}

What the last one waited for:

${tableOf(['step', 'on', 'began', 'took'], path ?? [])}
`
}
