/** The bus that STAR listens and speaks on, and the rules of infra/events/. */
import { Duration } from 'aws-cdk-lib'
import { CfnRule, EventBus } from 'aws-cdk-lib/aws-events'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { loadRules, type Rule } from '../local/event-rules.ts'
import type { Functions } from './functions.ts'
import { except } from './nag-exceptions.ts'
import { DEAD_LETTERS, pascal, STAR } from './names.ts'

/** Whoever asked by an event looks for what comes of it; after an hour nobody expects it any more. */
const HOUR = 3600

/** Answers with the queue of events that could not be taken. */
export function createEvents(stack: Construct, functions: Functions): Queue {
  const bus = new EventBus(stack, 'Bus', { eventBusName: STAR, description: 'Requests to STAR, and what it tells' })
  const deadLetters = new Queue(stack, 'DeadLetters', {
    queueName: DEAD_LETTERS,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  })
  except(deadLetters, 'SQS3', 'This is the queue of dead letters: nothing is left to catch what it cannot keep.')
  for (const rule of loadRules()) createRule(stack, rule, { bus, functions, deadLetters })
  return deadLetters
}

interface Around {
  bus: EventBus
  functions: Functions
  deadLetters: Queue
}

function createRule(stack: Construct, { name, pattern, target }: Rule, { bus, functions, deadLetters }: Around): void {
  const handler = functions(target)
  const rule = new CfnRule(stack, `${pascal(name)}Rule`, {
    name: `star-${name}`,
    eventBusName: bus.eventBusName,
    eventPattern: pattern,
    targets: [
      {
        id: target,
        arn: handler.functionArn,
        // While Lambda does not take the event.
        retryPolicy: { maximumRetryAttempts: 10, maximumEventAgeInSeconds: HOUR },
        deadLetterConfig: { arn: deadLetters.queueArn },
      },
    ],
  })
  const bySender = new ServicePrincipal('events.amazonaws.com')
  handler.addPermission(pascal(name), { principal: bySender, sourceArn: rule.attrArn })
  deadLetters.addToResourcePolicy(
    new PolicyStatement({
      principals: [bySender],
      actions: ['sqs:SendMessage'],
      resources: [deadLetters.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': rule.attrArn } },
    }),
  )
  // Once Lambda has taken it, and the function fails.
  new CfnEventInvokeConfig(stack, `${pascal(target)}Tries`, {
    functionName: handler.functionName,
    qualifier: '$LATEST',
    maximumRetryAttempts: 2,
    maximumEventAgeInSeconds: HOUR,
    destinationConfig: { onFailure: { destination: deadLetters.queueArn } },
  })
}
