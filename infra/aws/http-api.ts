/** The API of functions/api/routes.ts. Every route asks for a signature of this account's own users and roles. */
import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { routes } from '../../functions/api/routes.ts'
import { apiLog, STAR } from './names.ts'

export function createHttpApi(stack: Construct, handler: IFunction): HttpApi {
  const api = new HttpApi(stack, 'Api', {
    apiName: STAR,
    description: 'Builds, operates and removes arrays: docs/api.md',
    createDefaultStage: false,
    defaultAuthorizer: new HttpIamAuthorizer(),
  })
  const integration = new HttpLambdaIntegration('Handler', handler)
  for (const { method, path } of routes) api.addRoutes({ path, methods: [HttpMethod[method]], integration })
  const log = new LogGroup(stack, 'ApiLog', {
    logGroupName: apiLog,
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  new HttpStage(stack, 'ApiStage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    // Far above what people and their programs ask for; a loop that ran wild would meet it before it costs anything.
    throttle: { rateLimit: 20, burstLimit: 40 },
    accessLogSettings: {
      destination: new LogGroupLogDestination(log),
      format: AccessLogFormat.custom(JSON.stringify(accessLog)),
    },
  })
  new CfnOutput(stack, 'ApiUrl', { value: api.apiEndpoint, description: 'The API; requests are signed (SigV4)' })
  return api
}

const accessLog = {
  at: '$context.requestTime',
  id: '$context.requestId',
  caller: '$context.identity.userArn',
  from: '$context.identity.sourceIp',
  route: '$context.routeKey',
  path: '$context.path',
  status: '$context.status',
  ms: '$context.responseLatency',
  refused: '$context.error.message',
  failed: '$context.integrationErrorMessage',
}
