/** What the stack's resources are called: known before they are made, so that a permission can name them. */
import { Aws } from 'aws-cdk-lib'
import type { Place } from './permissions.ts'

/** Where CloudFormation makes the stack. */
export const here: Place = { partition: Aws.PARTITION, region: Aws.REGION, account: Aws.ACCOUNT_ID }

/** Of the bus, the API, the group of schedules. */
export const STAR = 'star'
/** Of what the project measures itself. */
export const METRICS = 'STAR'

export const functionName = (name: string) => `star-${name}`
export const functionLog = (name: string) => `/aws/lambda/${functionName(name)}`
export const DEAD_LETTERS = 'star-dead-letters'
/** Log groups below /aws/vendedlogs need no resource policy, of which a region takes ten. */
export const machinesLog = '/aws/vendedlogs/states/star'
export const apiLog = '/aws/vendedlogs/apigateway/star'

export const machineArn = ({ partition, region, account }: Place, name: string) =>
  `arn:${partition}:states:${region}:${account}:stateMachine:${name}`

/** As a construct is called: `create-instance` → `CreateInstance`. */
export const pascal = (name: string) => name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
