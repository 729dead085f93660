/** What AWS would have denied of the calls that a run on machines wrote down: `STAR_CALL_LOG=<file>`. */
import { readFileSync } from 'node:fs'
import type { Call } from '../../../infra/local/call-log.ts'
import { type Authorization, questionsOf } from './authorizations.ts'
import { deniedBy } from './policies.ts'
import { policyOf, synthesized } from './stack.ts'

/** By function. */
export async function deniedIn(file: string, stack = synthesized()): Promise<[string, Authorization][]> {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const denied: [string, Authorization][] = []
  for (const [name, asked] of questionsOf(lines.map(line => JSON.parse(line) as Call))) {
    const { Role } = stack.one('AWS::Lambda::Function', 'FunctionName', `star-${name}`)
    for (const question of await deniedBy(policyOf(stack, Role), asked)) denied.push([name, question])
  }
  return denied
}
