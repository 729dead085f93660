/** Writes the cloud assembly: the template and the code of every function, ready to be deployed. Needs no account, no network. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Validations } from 'aws-cdk-lib'
import type { CloudAssembly } from 'aws-cdk-lib/cx-api'
import { AwsSolutionsChecks } from 'cdk-nag'
import { type Bundle, buildFunctions } from '../build.ts'
import { StarStack } from './stack.ts'

export interface Template {
  Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>
}

export interface Synthesis {
  template: Template
  assembly: CloudAssembly
  /** Largest first. */
  bundles: Bundle[]
}

export const defaultOutdir = join(import.meta.dirname, '../../cdk.out')

/** Throws where a rule of cdk-nag's or CloudFormation's own is broken and the exception has no reason. */
export async function synthesize(
  outdir = defaultOutdir,
  onBundled: (bundles: Bundle[]) => void = () => {},
): Promise<Synthesis> {
  const folder = mkdtempSync(join(tmpdir(), 'star-bundles-'))
  try {
    const bundles = await buildFunctions(folder)
    onBundled(bundles)
    const app = createApp(bundles, outdir)
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
    const assembly = app.synth()
    const template = JSON.parse(readFileSync(join(outdir, 'Star.template.json'), 'utf8')) as Template
    return { template, assembly, bundles }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function createApp(bundles: Bundle[], outdir: string): App {
  const app = new App({
    outdir,
    analyticsReporting: false,
    treeMetadata: false,
    // What CloudFormation's own rules find is an error here, not a warning.
    context: { '@aws-cdk/core:validateAgainstDefaultRules': true },
  })
  new StarStack(app, bundles)
  return app
}
