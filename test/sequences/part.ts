/** The seeds in parts, one file each, so that all cores have something to do. */
import { expect, it } from 'vitest'
import { runSequence } from './run.ts'
import { sequenceOf } from './sequence.ts'

const PARTS = 4
const TOGETHER = 25

/** STAR_SEED: this seed alone, or STAR_SEQUENCES of them from it on. */
const { STAR_SEED, STAR_SEQUENCES } = process.env
const first = Number(STAR_SEED ?? 1)
const count = Number(STAR_SEQUENCES ?? (STAR_SEED === undefined ? 2_000 : 1))

export function sequences(part: number): void {
  // Errors are control flow for the interpreter's JSONPath; one sequence alone keeps its stack traces.
  if (count > 1) Error.stackTraceLimit = 0
  const seeds = Array.from({ length: count }, (_, i) => first + i)
  const chunks = Array.from({ length: Math.ceil(count / TOGETHER) }, (_, i) =>
    seeds.slice(i * TOGETHER, (i + 1) * TOGETHER),
  ).filter((_, i) => i % PARTS === part - 1)
  if (chunks.length === 0)
    it('leaves all sequences to the parts before it', () => expect(count).toBeLessThanOrEqual(TOGETHER * (part - 1)))
  for (const some of chunks) {
    it(`every promise is kept in the sequences ${some[0]} to ${some.at(-1)}`, { timeout: 300_000 }, async () => {
      const failed: string[] = []
      for (const seed of some) failed.push(...(await failureOf(seed)))
      expect(failed.join('\n\n')).toBe('')
    })
  }
}

/** Nothing, or a text that says what went wrong and how to see it again. */
async function failureOf(seed: number): Promise<string[]> {
  const { problems, lines } = await runSequence(sequenceOf(seed)).catch((error: Error) => ({
    problems: [`${error.name}: ${error.message}`],
    lines: [],
  }))
  if (problems.length === 0) return []
  const again = `seed ${seed}; alone: STAR_SEED=${seed} ./star test sequences part`
  return [[again, ...problems.map(problem => `  ${problem}`), ...lines.map(line => `    ${line}`)].join('\n')]
}
