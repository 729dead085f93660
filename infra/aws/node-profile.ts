/** What an instance is on AWS: its role lets the SSM agent work, and nothing else. */
import { InstanceProfile } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { nodeName } from './grants.ts'
import { here } from './names.ts'
import { nodeStatements } from './permissions.ts'
import { createRole } from './roles.ts'

export function createNodeProfile(stack: Construct): void {
  const role = createRole(stack, 'NodeRole', {
    service: 'ec2.amazonaws.com',
    name: nodeName(here.region),
    description: 'What the SSM agent on a node may do',
    policies: place => ({ Agent: nodeStatements(place) }),
  })
  new InstanceProfile(stack, 'NodeProfile', { instanceProfileName: nodeName(here.region), role })
}
