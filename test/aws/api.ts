import { describe, expect, it } from 'vitest'
import { routes } from '../../functions/api/routes.ts'
import type { Deployed } from './template.ts'

export const describeApi = (stack: () => Deployed) =>
  describe('the API', () => {
    it('has the routes of functions/api/routes.ts, and asks for a signature on each', () => {
      const all = [...stack().all('AWS::ApiGatewayV2::Route').values()]
      expect(all.map(({ RouteKey }) => RouteKey).sort()).toEqual(
        routes.map(({ method, path }) => `${method} ${path}`).sort(),
      )
      for (const { RouteKey, AuthorizationType } of all) expect(AuthorizationType, RouteKey).toBe('AWS_IAM')
    })

    it('hands every route to handle-api, which takes calls from this API alone', () => {
      const handler = 'arn:aws:lambda:ap-northeast-1:111122223333:function:star-handle-api'
      const integration = stack().one('AWS::ApiGatewayV2::Integration')
      expect(integration).toMatchObject({ IntegrationUri: handler, PayloadFormatVersion: '2.0' })
      const callers = [...stack().all('AWS::Lambda::Permission').values()].filter(it => it.FunctionName === handler)
      expect(callers.length).toBe(routes.length)
      for (const { Principal, SourceArn } of callers) {
        expect(Principal).toBe('apigateway.amazonaws.com')
        expect(SourceArn).toMatch(
          /^arn:aws:execute-api:ap-northeast-1:111122223333:Api\w+\/\*\/\*\/(arrays|images|operations)/,
        )
      }
    })

    it('writes down who asked for what, and holds back a loop that ran wild', () => {
      const stage = stack().one('AWS::ApiGatewayV2::Stage')
      expect(stage).toMatchObject({
        StageName: '$default',
        AutoDeploy: true,
        DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
      })
      const format = JSON.parse(stage.AccessLogSettings.Format)
      expect(format).toMatchObject({ caller: '$context.identity.userArn', route: '$context.routeKey' })
      const logGroup = stage.AccessLogSettings.DestinationArn.split(':').at(-2)
      expect(stack().one('AWS::Logs::LogGroup', 'LogGroupName', logGroup).RetentionInDays).toBe(30)
    })
  })
