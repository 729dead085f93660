/** The timers: what looks at every array by itself, and how often. */
import { CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda'
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import type { Construct } from 'constructs'
import type { Functions } from './functions.ts'
import { functionName, pascal, STAR } from './names.ts'
import { createRole } from './roles.ts'

interface Timer {
  what: string
  /** On the clock, not counted from the deployment: what is to start at nine is looked at at nine. */
  when: string
}

const timers: Record<string, Timer> = {
  'apply-schedules': { what: 'Starts and stops arrays as their schedules say', when: 'cron(0/5 * * * ? *)' },
  'watch-arrays': { what: 'Measures locks that are left and paths that are missing', when: 'cron(7 * * * ? *)' },
}

export function createSchedules(stack: Construct, functions: Functions): void {
  const group = new CfnScheduleGroup(stack, 'ScheduleGroup', { name: STAR })
  const role = createRole(stack, 'SchedulesRole', {
    service: 'scheduler.amazonaws.com',
    description: 'What the timers call',
    policies: ({ partition, region, account }) => ({
      Calls: [
        {
          Effect: 'Allow',
          Action: ['lambda:InvokeFunction'],
          Resource: Object.keys(timers).map(
            name => `arn:${partition}:lambda:${region}:${account}:function:${functionName(name)}`,
          ),
        },
      ],
    }),
  })
  for (const [name, { what, when }] of Object.entries(timers)) {
    const handler = functions(name)
    new CfnSchedule(stack, `${pascal(name)}Schedule`, {
      name,
      groupName: group.ref,
      description: what,
      scheduleExpression: when,
      flexibleTimeWindow: { mode: 'OFF' },
      // The next look comes anyway: what was missed or failed is not repeated.
      target: {
        arn: handler.functionArn,
        roleArn: role.roleArn,
        input: '{}',
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      },
    })
    new CfnEventInvokeConfig(stack, `${pascal(name)}Tries`, {
      functionName: handler.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 60,
    })
  }
}
