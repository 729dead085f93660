/** `star synth`: writes what can be deployed to AWS, and says what that is. Deploying is the CDK's own command: docs/deploy.md. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { composeDocuments } from '../ssm-documents/compose.ts'
import { Mistake } from './failure.ts'
import { root } from './paths.ts'
import { count, duration, table } from './table.ts'

export async function synth({ out = join(root, 'cdk.out') }: { out?: string }): Promise<number> {
  const outdir = resolve(out)
  makeRoom(outdir)
  const began = performance.now()
  const say = (line: string) => console.error(`star: ${duration(performance.now() - began)} ${line}`)
  say('bundling the functions')
  const { synthesize } = await import('../infra/aws/synth.ts')
  const { template, bundles } = await synthesize(outdir, () => say('bundled; synthesizing the stack'))
  say('synthesized')

  const made = Object.values(template.Resources)
  const of = (type: string) => made.filter(({ Type }) => Type === type).length
  const bytes = bundles.reduce((sum, bundle) => sum + bundle.bytes, 0)
  const documents = [...composeDocuments()].map(([name, content]) => ({ name, bytes: JSON.stringify(content).length }))
  console.log(
    table(
      [
        [count(bundles.length, 'function'), kilobytes(bytes), `the largest ${largest(bundles)}`],
        [count(documents.length, 'document'), '', `the largest ${largest(documents)} of 64 KB`],
        [count(of('AWS::StepFunctions::StateMachine'), 'state machine')],
        [count(of('AWS::CloudWatch::Alarm'), 'alarm')],
        [count(made.length, 'resource'), kilobytes(JSON.stringify(template).length), 'the template, of 1 MB'],
      ],
      { aligned: true },
    ).join('\n'),
  )
  const shown = relative(process.cwd(), outdir) || '.'
  console.log(`\n${shown} is ready. Deploy it, as docs/deploy.md says: npx aws-cdk@2.1148.1 deploy -a ${shown}`)
  return 0
}

/** What an earlier synthesis left goes; a folder with anything else in it is not ours to empty. */
function makeRoom(outdir: string): void {
  if (!existsSync(outdir)) return
  if (readdirSync(outdir).length > 0 && !existsSync(join(outdir, 'manifest.json'))) {
    throw new Mistake(`--out ${outdir}: must be empty, or what an earlier star synth has written`)
  }
  rmSync(outdir, { recursive: true })
}

const kilobytes = (bytes: number) => `${Math.round(bytes / 1024)} KB`

function largest(things: { name: string; bytes: number }[]): string {
  const { name, bytes } = things.reduce((a, b) => (b.bytes > a.bytes ? b : a))
  return `${name} ${kilobytes(bytes)}`
}
