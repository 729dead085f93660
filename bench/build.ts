/** A build, from running machines to all paths: the reference procedure by script, and STAR, in turn. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileOf, inLab } from './array-faults/lab.ts'
import { bareMachines } from './bare.ts'
import { type BenchFlags, type Figure, processors, tableOf } from './figure.ts'
import { buildByHand, type Step } from './reference/by-hand/by-hand.ts'
import { type Star, starWith } from './star.ts'
import { medianOf } from './statistics.ts'

const RUNS = 3
const GOAL = 0.25
const request = { array: 'star0001' }

const say = (line: string) => console.log(`${new Date().toTimeString().slice(0, 8)}  ${line}`)

export async function build({ runs = RUNS, signal }: BenchFlags): Promise<{ figure: Figure; report: string }> {
  const star = starWith(mkdtempSync(join(tmpdir(), 'star-build-')))
  const ours: number[] = []
  const theirs: Step[][] = []
  await inLab(star, { signal, say }, async () => {
    for (let run = 1; run <= runs && !signal?.aborted; run++) {
      ours.push(await byStar(star))
      say(`${run}/${runs}  STAR: ${ours.at(-1)?.toFixed(0)} s`)
      theirs.push(await byHand(star))
      say(`${run}/${runs}  reference: ${totalOf(theirs.at(-1) ?? []).toFixed(0)} s`)
    }
  })
  return { figure: figureOf(ours, theirs), report: reportOf(ours, theirs) }
}

/** Until the command says that the array is verified, which is later than all paths. */
async function byStar(star: Star): Promise<number> {
  const machines = await bareMachines(star.home, request)
  await machines.close()
  writeFileSync(fileOf(star), JSON.stringify(request))
  const begun = Date.now()
  await star.starOk('up', fileOf(star))
  const seconds = (Date.now() - begun) / 1000
  await star.starOk('down', '--yes')
  return seconds
}

async function byHand(star: Star): Promise<Step[]> {
  const machines = await bareMachines(star.home, request)
  const steps: Step[] = []
  try {
    await buildByHand(machines, step => {
      steps.push(step)
      say(`  ${step.seconds.toFixed(0).padStart(4)} s  ${step.name}`)
    })
  } finally {
    await machines.close()
  }
  await star.starOk('down', '--yes')
  return steps
}

const totalOf = (steps: Step[]) => steps.reduce((sum, { seconds }) => sum + seconds, 0)
const shareOf = (ours: number[], theirs: Step[][]) => medianOf(ours) / medianOf(theirs.map(totalOf))

export function figureOf(ours: number[], theirs: Step[][]): Figure {
  const share = shareOf(ours, theirs)
  const seconds = `${medianOf(ours).toFixed(0)} s to ${medianOf(theirs.map(totalOf)).toFixed(0)} s`
  return { figure: `${share.toFixed(2)} of the reference's time, ${seconds}`, goal: String(GOAL), met: share <= GOAL }
}

export function reportOf(ours: number[], theirs: Step[][]): string {
  const whole = ['all', ...theirs.map(steps => totalOf(steps).toFixed(0))]
  const steps = (theirs[0] ?? []).map(({ name }, i) => [name, ...theirs.map(run => run[i]?.seconds.toFixed(0) ?? '')])
  const runs = theirs.map((_, i) => `run ${i + 1}`)
  return `# A build, beside the reference procedure

\`./star bench build --runs ${ours.length}\`, ${new Date().toISOString().slice(0, 10)}, on ${processors()}, three emulated machines, from a cached
image. Seconds from machines that have booted, with their disks attached, to 12 of 12 paths on the host. The two took turns, each on
machines of its own.

\`star up\`, until the array is verified: ${ours.map(seconds => seconds.toFixed(0)).join(', ')}.

The reference procedure, by script (\`bench/reference/by-hand/\`), without a person's pauses, its installations, its firewall, its full
update and the host's last reboot; both controllers are set up side by side:

${tableOf(['step', ...runs], [...steps, whole])}
`
}
