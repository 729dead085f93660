/** Every function of functions/ as a Lambda, each with a role and a log group of its own. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Architecture, Code, Function as Lambda, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { Bundle } from '../build.ts'
import { loadRules } from '../local/event-rules.ts'
import { nodeName } from './grants.ts'
import { DEAD_LETTERS, functionLog, functionName, here, machineArn, pascal, STAR } from './names.ts'
import { type Place, type Statement, statementsOf } from './permissions.ts'
import { createRole } from './roles.ts'

/** By the name of the function's file; throws for one that is not there. */
export type Functions = (name: string) => Lambda

export function createFunctions(stack: Construct, bundles: Bundle[]): Functions {
  const scope = new Construct(stack, 'Functions')
  const made = new Map(bundles.toSorted(byName).map(bundle => [bundle.name, createFunction(scope, bundle)]))
  return name => {
    const found = made.get(name)
    if (!found) throw new Error(`functions/${name}.ts is not there`)
    return found
  }
}

const byName = (a: Bundle, b: Bundle) => (a.name < b.name ? -1 : 1)

/** What a function reads of the world it is in: see functions/shared/settings.ts. */
const environment = {
  STAR_EVENT_BUS: STAR,
  STAR_NODE_PROFILE: nodeName(here.region),
  STAR_STATE_MACHINE_PREFIX: machineArn(here, ''),
}

function createFunction(scope: Construct, { name, folder }: Bundle): Lambda {
  const id = pascal(name)
  const role = createRole(scope, `${id}Role`, {
    service: 'lambda.amazonaws.com',
    description: `What functions/${name}.ts may do`,
    policies: place => ({
      Calls: statementsOf(name, place),
      Telemetry: telemetry(name, place),
      DeadLetters: targets.has(name) ? deadLetters(place) : [],
    }),
  })
  const logGroup = new LogGroup(scope, `${id}Log`, {
    logGroupName: functionLog(name),
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  return new Lambda(scope, id, {
    functionName: functionName(name),
    description: `functions/${name}.ts`,
    code: Code.fromAsset(folder),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    // A handler makes a few calls and never waits; what takes a minute hangs.
    timeout: Duration.minutes(1),
    // Gives a seventh of a processor: enough for one who waits for answers, and it starts in well under a second.
    memorySize: 256,
    environment,
    role,
    logGroup,
    tracing: Tracing.ACTIVE,
  })
}

/** Events come to these; what they cannot take after all tries is kept. */
const targets = new Set(loadRules().map(({ target }) => target))

function deadLetters({ partition, region, account }: Place): Statement[] {
  const queue = `arn:${partition}:sqs:${region}:${account}:${DEAD_LETTERS}`
  return [{ Effect: 'Allow', Action: ['sqs:SendMessage'], Resource: [queue] }]
}

/** Beside what its code calls: Lambda writes the log and sends the traces in the function's name. */
function telemetry(name: string, { partition, region, account }: Place): Statement[] {
  return [
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: [`arn:${partition}:logs:${region}:${account}:log-group:${functionLog(name)}:*`],
    },
    { Effect: 'Allow', Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: ['*'] },
  ]
}
