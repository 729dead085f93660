/** The stack, synthesized once for all that is said of it: as `star synth` does, and again in this process. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe } from 'vitest'
import { type Synthesis, synthesize } from '../../infra/aws/synth.ts'
import { temporaryFolder } from '../temporary.ts'
import { describeAlarms } from './alarms.ts'
import { describeApi } from './api.ts'
import { describeAssembly } from './assembly.ts'
import { describeDocuments } from './documents.ts'
import { describeEvents } from './events.ts'
import { describeFunctions } from './functions.ts'
import { describeMachines } from './machines.ts'
import { describeNag } from './nag.ts'
import { type Deployed, deployed } from './template.ts'

const entry = join(import.meta.dirname, '../../cli/main.ts')

describe('the stack', () => {
  const parts = {} as { synthesis: Synthesis; stack: Deployed; command: { folder: string; stdout: string } }

  beforeAll(async () => {
    const folders = [temporaryFolder('synth'), temporaryFolder('synth')] as const
    const [synthesis, { stdout }] = await Promise.all([
      synthesize(folders[0]),
      // No credentials and no region: a synthesis asks nobody.
      promisify(execFile)(process.execPath, [entry, 'synth', '--out', folders[1]], {
        env: { PATH: process.env.PATH, HOME: '/nonexistent' },
      }),
    ])
    Object.assign(parts, {
      synthesis,
      stack: deployed(synthesis.template),
      command: { folder: folders[1], stdout },
    })
  }, 120_000)

  const stack = () => parts.stack
  describeAssembly(() => parts)
  describeMachines(stack)
  describeFunctions(stack)
  describeDocuments(stack)
  describeApi(stack)
  describeEvents(stack)
  describeAlarms(stack)
  describeNag(() => parts.synthesis)
})
