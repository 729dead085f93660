/** Everything that the local cloud runs, on AWS. One stack, one deployment for each account and region. */
import { Stack, Tags } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Bundle } from '../build.ts'
import { createAlarms } from './alarms.ts'
import { createDashboard } from './dashboard.ts'
import { createDocuments } from './documents.ts'
import { createEvents } from './events.ts'
import { createFunctions } from './functions.ts'
import { createHttpApi } from './http-api.ts'
import { createMachines } from './machines.ts'
import { createNodeProfile } from './node-profile.ts'
import { createSchedules } from './schedules.ts'

export class StarStack extends Stack {
  constructor(scope: Construct, bundles: Bundle[]) {
    super(scope, 'Star', {
      description: 'STAR, the see-through array: builds, operates and removes dual-controller storage arrays',
      // CloudFormation takes 1 MB, and documents are long.
      suppressTemplateIndentation: true,
    })
    Tags.of(this).add('project', 'star')

    const functions = createFunctions(this, bundles)
    const machines = createMachines(this, functions)
    createDocuments(this)
    createNodeProfile(this)

    const api = createHttpApi(this, functions('handle-api'))
    const deadLetters = createEvents(this, functions)
    createSchedules(this, functions)

    const alarms = createAlarms(this, { functions, machinesLog: machines.log, deadLetters })
    createDashboard(this, { alarms, functions, machines, api })
  }
}
