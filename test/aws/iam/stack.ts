/** What roles of the synthesized stack may do. It does not depend on the functions' code, which is left out here. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { vi } from 'vitest'
import type { Statement } from '../../../infra/aws/permissions.ts'
import { StarStack } from '../../../infra/aws/stack.ts'
import { temporaryFolder } from '../../temporary.ts'
import { type Deployed, deployed } from '../template.ts'

export const functionNames = readdirSync(join(import.meta.dirname, '../../../functions'))
  .flatMap(file => /^(.+)\.ts$/.exec(file)?.[1] ?? [])
  .sort()

export function synthesized(): Deployed {
  const [folder, outdir] = [temporaryFolder('code'), temporaryFolder('synth')]
  writeFileSync(join(folder, 'index.mjs'), '')
  // CloudFormation's own rules take seconds; test/aws/stack.test.ts holds the stack against them.
  vi.stubEnv('CDK_VALIDATION', 'false')
  const app = new App({ outdir, analyticsReporting: false })
  new StarStack(
    app,
    functionNames.map(name => ({ name, folder, bytes: 0 })),
  )
  app.synth()
  return deployed(JSON.parse(readFileSync(join(outdir, 'Star.template.json'), 'utf8')))
}

/** All that a role may do. */
export const policyOf = (stack: Deployed, roleArn: string) =>
  Object.values(stack.policies(roleArn)).flat() as unknown as Statement[]
