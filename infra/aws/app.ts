/** The CDK app, for the CDK's own command: `npx aws-cdk@2.1148.1 diff --app 'node infra/aws/app.ts'`. */
import { synthesize } from './synth.ts'

await synthesize(process.env.CDK_OUTDIR)
