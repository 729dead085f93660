/** A role out of plain statements: nothing is added to it later, so what it may do is read in one place. */
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { explainWildcards } from './nag-exceptions.ts'
import { here } from './names.ts'
import type { Place, Statement } from './permissions.ts'

export interface RoleOptions {
  service: string
  name?: string
  description: string
  /** By the name of the policy; one without statements is left out. */
  policies: (place: Place) => Record<string, Statement[]>
}

export function createRole(scope: Construct, id: string, { service, name, description, policies }: RoleOptions) {
  const role = new Role(scope, id, {
    roleName: name,
    description,
    assumedBy: new ServicePrincipal(service, {
      // Only on behalf of this account. EC2 and Lambda take roles from their own account alone, and say no account.
      conditions: ['ec2.amazonaws.com', 'lambda.amazonaws.com'].includes(service)
        ? undefined
        : { StringEquals: { 'aws:SourceAccount': here.account } },
    }),
    inlinePolicies: Object.fromEntries(
      Object.entries(policies(here))
        .filter(([, statements]) => statements.length > 0)
        .map(([policy, Statement]) => [policy, PolicyDocument.fromJson({ Version: '2012-10-17', Statement })]),
    ),
  })
  explainWildcards(role, policies)
  return role.withoutPolicyUpdates()
}
